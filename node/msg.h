/*
 * A message as it lies between two sockets: the parsed header and the body frame,
 * which nobody looks into on the way. The body is owned by the struct until it is
 * sent or dropped; a zeroed struct is not a message.
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
 * Takes one message without waiting. 1: `msg` holds it; 0: none is there (or the
 * socket is unusable); -EBADMSG: what was there is no message and was dropped.
 */
int msg_receive(void *socket, struct msg *msg);

/*
 * Sends without waiting and takes over the body. 0, or -EAGAIN (no peer, or the
 * peer's queue is full) or another negative errno; then `msg` is as before.
 */
int msg_send(void *socket, struct msg *msg);

/* A second message with the same body, which is shared, not copied. 0 or -ENOMEM. */
int msg_share(struct msg *copy, struct msg *msg);

/*
 * Makes a message of a packed body, which is taken over and empty afterwards. 0, or
 * -ENOMEM when packing failed or there is no memory; the body is released then too.
 */
int msg_make(struct msg *msg, const struct wire_header *header, struct wire_body *body);

struct wire_reader msg_reader(struct msg *msg);

void msg_drop(struct msg *msg);

#endif
