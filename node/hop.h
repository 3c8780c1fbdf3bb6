/*
 * A hop: how an agent handles each message that arrives, by the message's header alone. If a
 * message from the parent is not for this node, the agent sends it by the edge that leads to the
 * message's target. The agent passes a message from a child on to the parent only if the message's
 * source lies below the edge by which the message came.
 */
#ifndef BONSAI_NODE_HOP_H
#define BONSAI_NODE_HOP_H

#include "node/state.h"

/* Handles a message from the parent and takes ownership of it. The uplink must not be blocked. */
void hop_down(struct agent *agent, struct msg *msg);

/* Handles a message from a child and takes ownership of it. The uplink must not be blocked. */
void hop_up(struct agent *agent, struct edge *edge, struct msg *msg);

#endif
