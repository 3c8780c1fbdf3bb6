/* The command `grow`: creates nodes 1 to N as one batch, so that the tree is balanced. */
#ifndef BONSAI_CONTROLLER_GROW_H
#define BONSAI_CONTROLLER_GROW_H

#include "controller/api.h"

struct daemon;

void grow_command(struct daemon *daemon, const struct asker *asker, json_t *request);

#endif
