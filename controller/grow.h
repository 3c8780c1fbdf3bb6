/* The command `grow`: nodes 1 to N so that the tree is balanced, as one batch. */
#ifndef BONSAI_CONTROLLER_GROW_H
#define BONSAI_CONTROLLER_GROW_H

#include "controller/api.h"

struct daemon;

void grow_command(struct daemon *daemon, const struct asker *asker, json_t *request);

#endif
