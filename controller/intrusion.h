/*
 * Programs that try to speak as an agent. The agents report them, and the controller counts at its
 * own end of the root's edge (node/listen.h). Each report becomes an event `intrusion`.
 */
#ifndef BONSAI_CONTROLLER_INTRUSION_H
#define BONSAI_CONTROLLER_INTRUSION_H

#include "controller/daemon.h"

/*
 * Publishes that `segments` TCP segments were dropped at the upper end of the edge above `node`.
 * Programs of that node or of its parent have sent them.
 */
void intrusion_publish(struct daemon *daemon, const struct node *node, uint64_t segments);

/*
 * Reads the count at the controller's end of the root's edge and publishes an event if it is due.
 * Called each interval, and by the command `info`.
 */
void intrusion_look(struct daemon *daemon);

#endif
