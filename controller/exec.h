/*
 * Programs run inside nodes: what they print goes on to the operator as it comes, never
 * more at once than he has made room for; what he sends goes on to them likewise. A
 * detached one is started, and then the node's own.
 */
#ifndef BONSAI_CONTROLLER_EXEC_H
#define BONSAI_CONTROLLER_EXEC_H

#include "controller/api.h"
#include "node/wire.h"

struct daemon;

void exec_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void exec_credit_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void exec_input_command(struct daemon *daemon, const struct asker *asker, json_t *request,
			zmq_msg_t *data);
void exec_signal_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void exec_resize_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void exec_cancel_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/* A node answers to an exec nobody waits for any more: has it end the program. */
void exec_end_stray(struct daemon *daemon, const struct wire_header *header);

#endif
