/*
 * The commands that show what the controller itself knows: about nodes, about the controller, and
 * about past events.
 */
#ifndef BONSAI_CONTROLLER_INSPECT_H
#define BONSAI_CONTROLLER_INSPECT_H

#include "controller/api.h"

struct daemon;

void inspect_nodes_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void inspect_node_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void inspect_info_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void inspect_events_command(struct daemon *daemon, const struct asker *asker, json_t *request);

#endif
