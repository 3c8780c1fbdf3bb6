/*
 * Runs programs inside nodes. Their output goes to the client as it comes, but never more pieces at
 * once than the client has given credit for. The client's input goes to the program likewise. A
 * detached program gets a reply once it runs; from then on only the node's agent knows of it.
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

/*
 * Tells the node to end a program, since the node has sent output of it and the program has no
 * client any more.
 */
void exec_end_stray(struct daemon *daemon, const struct wire_header *header);

#endif
