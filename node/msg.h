/*
 * A message between two sockets: the parsed header, and the body frame, which agents forward
 * without reading it. The struct owns the body until the message is sent or dropped. A zeroed
 * struct is not a message.
 */
#ifndef BONSAI_NODE_MSG_H
#define BONSAI_NODE_MSG_H

#include "node/wire.h"

#include <zmq.h>

struct msg {
	struct wire_header header;
	zmq_msg_t body;
};

/*
 * Receives one message without waiting. 1: `msg` holds a message; 0: no message waits, or the
 * socket is unusable; -EBADMSG: an invalid message was received and dropped.
 */
int msg_receive(void *socket, struct msg *msg);

/*
 * Sends without waiting. 0: the body now belongs to libzmq. -EAGAIN (no peer, or the peer's queue
 * is full) or another negative errno: `msg` is unchanged.
 */
int msg_send(void *socket, struct msg *msg);

/* Makes a second message that shares the body instead of copying it. 0 or -ENOMEM. */
int msg_share(struct msg *copy, struct msg *msg);

/*
 * Makes a message of a packed body and takes ownership of it; `body` is empty afterwards. 0, or
 * -ENOMEM if packing failed or memory is short; then too the body is released.
 */
int msg_make(struct msg *msg, const struct wire_header *header, struct wire_body *body);

struct wire_reader msg_reader(struct msg *msg);

void msg_drop(struct msg *msg);

#endif
