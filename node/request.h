/*
 * Messages to this node itself. Each function parses the body and acts at once, and leaves the
 * message to the caller. A request gets its reply at once, except the request to run a program, to
 * which program.c replies. A LINK gets a reply only if it fails; the other messages get none. The
 * uplink must not be blocked.
 */
#ifndef BONSAI_NODE_REQUEST_H
#define BONSAI_NODE_REQUEST_H

#include "node/state.h"

void request_own(struct agent *agent, struct msg *msg);
void request_link(struct agent *agent, struct msg *msg);
void request_disconnect(struct agent *agent, struct msg *msg);

/* CREDIT, INPUT, SIGNAL and RESIZE: messages to a running program. */
void request_steer(struct agent *agent, struct msg *msg);

#endif
