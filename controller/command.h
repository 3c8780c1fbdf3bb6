/* The operators' commands by name: one table. */
#ifndef BONSAI_CONTROLLER_COMMAND_H
#define BONSAI_CONTROLLER_COMMAND_H

#include "controller/api.h"

struct daemon;

/* Carries out a request, an object that is taken over; the asker gets an answer. */
void command_run(struct daemon *daemon, const struct asker *asker, json_t *request,
		 zmq_msg_t *data);

#endif
