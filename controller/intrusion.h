/*
 * Programs that try to speak as an agent: what the agents report of them, and what the controller's
 * own end of the root's edge counts (node/listen.h). Each becomes an event `intrusion`.
 */
#ifndef BONSAI_CONTROLLER_INTRUSION_H
#define BONSAI_CONTROLLER_INTRUSION_H

#include "controller/daemon.h"

/*
 * Publishes that so many segments were dropped at the upper end of the edge above `node`: programs
 * of that node sent them, or of its parent.
 */
void intrusion_publish(struct daemon *daemon, const struct node *node, uint64_t segments);

/* Counts at the controller's end; once an interval. */
void intrusion_look(struct daemon *daemon);

#endif
