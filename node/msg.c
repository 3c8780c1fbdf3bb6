#include "node/msg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Drops the remaining frames of a message. A peer may send any number of frames, so receive them
 * one by one and free each.
 */
static void drop_rest(void *socket, zmq_msg_t *last)
{
	while (zmq_msg_more(last))
		if (zmq_msg_recv(last, socket, ZMQ_DONTWAIT) < 0)
			return;
}

int msg_receive(void *socket, struct msg *msg)
{
	zmq_msg_t head, body;
	bool good;

	zmq_msg_init(&head);
	if (zmq_msg_recv(&head, socket, ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(&head);
		return 0;
	}
	zmq_msg_init(&body);
	good = zmq_msg_more(&head) && zmq_msg_recv(&body, socket, ZMQ_DONTWAIT) >= 0;
	if (good && zmq_msg_more(&body)) {
		drop_rest(socket, &body);
		good = false;
	}
	good = good && zmq_msg_size(&body) <= WIRE_BODY_MAX_BYTES &&
	       wire_header_parse(zmq_msg_data(&head), zmq_msg_size(&head), &msg->header);
	zmq_msg_close(&head);
	if (!good) {
		zmq_msg_close(&body);
		return -EBADMSG;
	}
	zmq_msg_init(&msg->body);
	zmq_msg_move(&msg->body, &body);
	return 1;
}

int msg_send(void *socket, struct msg *msg)
{
	uint8_t head[WIRE_HEADER_BYTES];

	/*
	 * libzmq takes either both frames or none. If the pipe closes between the two, libzmq rolls
	 * the first one back, so a retry must send the header again.
	 */
	wire_header_pack(&msg->header, head);
	if (zmq_send(socket, head, sizeof(head), ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0 ||
	    zmq_msg_send(&msg->body, socket, ZMQ_DONTWAIT) < 0)
		return -errno;
	return 0;
}

int msg_share(struct msg *copy, struct msg *msg)
{
	copy->header = msg->header;
	zmq_msg_init(&copy->body);
	if (zmq_msg_copy(&copy->body, &msg->body) < 0) {
		zmq_msg_close(&copy->body);
		return -ENOMEM;
	}
	return 0;
}

static void free_body(void *data, void *hint)
{
	(void)hint;
	free(data);
}

int msg_make(struct msg *msg, const struct wire_header *header, struct wire_body *body)
{
	if (body->failed ||
	    zmq_msg_init_data(&msg->body, body->data, body->len, free_body, NULL) < 0) {
		wire_body_release(body);
		return -ENOMEM;
	}
	msg->header = *header;
	*body = (struct wire_body)WIRE_BODY_INIT;
	return 0;
}

struct wire_reader msg_reader(struct msg *msg)
{
	return wire_reader_init(zmq_msg_data(&msg->body), zmq_msg_size(&msg->body));
}

void msg_drop(struct msg *msg)
{
	zmq_msg_close(&msg->body);
}
