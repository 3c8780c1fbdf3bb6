/* The operators' commands by name: one table. */
#ifndef BONSAI_CONTROLLER_COMMAND_H
#define BONSAI_CONTROLLER_COMMAND_H

#include "controller/api.h"

struct daemon;

/*
 * Carries out a request; takes over the object `request`. The client gets a reply, unless the
 * command steers a program (exec.c): such a command has no reply.
 */
void command_run(struct daemon *daemon, const struct asker *asker, json_t *request,
		 zmq_msg_t *data);

#endif
