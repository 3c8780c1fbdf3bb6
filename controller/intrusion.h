/*
 * Reports of programs in nodes that try to send messages as if they were an agent. The agents
 * report such programs; the controller counts at its own end of the root's edge (node/listen.h).
 * Each report becomes an event `intrusion`.
 */
#ifndef BONSAI_CONTROLLER_INTRUSION_H
#define BONSAI_CONTROLLER_INTRUSION_H

#include "controller/daemon.h"

/*
 * Publishes that `segments` TCP segments were dropped at the parent's end of the edge between
 * `node` and its parent. Programs of `node` or of its parent have sent them.
 */
void intrusion_publish(struct daemon *daemon, const struct node *node, uint64_t segments);

/*
 * Reads how many segments were dropped at the controller's end of the root's edge, and publishes an
 * event if it is due. Called once in each heartbeat interval, and by the command `info`.
 */
void intrusion_look(struct daemon *daemon);

#endif
