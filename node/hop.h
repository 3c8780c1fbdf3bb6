/*
 * A hop: what a node does with each message that arrives, by its header alone.
 * Down, a message is this node's own, or goes by the edge that leads to its target.
 * Up, its source must lie below the edge it came by, then it is passed on.
 */
#ifndef BONSAI_NODE_HOP_H
#define BONSAI_NODE_HOP_H

#include "node/state.h"

/* Takes over a message from the parent. The uplink must not be blocked. */
void hop_down(struct agent *agent, struct msg *msg);

/* Takes over a message from a child. The uplink must not be blocked. */
void hop_up(struct agent *agent, struct edge *edge, struct msg *msg);

#endif
