/*
 * What is asked of this node itself. Each of these reads a body, and answers at
 * once, but for a program that is run, which program.c answers. The uplink must not be blocked; the
 * message stays the caller's.
 */
#ifndef BONSAI_NODE_REQUEST_H
#define BONSAI_NODE_REQUEST_H

#include "node/state.h"

void request_own(struct agent *agent, struct msg *msg);
void request_link(struct agent *agent, struct msg *msg);
void request_disconnect(struct agent *agent, struct msg *msg);

/* CREDIT, INPUT, SIGNAL, RESIZE: for a program that runs. */
void request_steer(struct agent *agent, struct msg *msg);

#endif
