/*
 * A hop: what a node does with each message that arrives, by the message's header alone. Down: a
 * message is for this node, or the agent sends it by the edge that leads to its target. Up: the
 * agent passes a message on only if its source lies below the edge by which the message came.
 */
#ifndef BONSAI_NODE_HOP_H
#define BONSAI_NODE_HOP_H

#include "node/state.h"

/* Handles a message from the parent and takes ownership of it. The uplink must not be blocked. */
void hop_down(struct agent *agent, struct msg *msg);

/* Handles a message from a child and takes ownership of it. The uplink must not be blocked. */
void hop_up(struct agent *agent, struct edge *edge, struct msg *msg);

#endif
