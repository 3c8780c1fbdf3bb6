#include "controller/trunk.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* How many malformed messages one call takes: other input must get its turn. */
#define MALFORMED_MAX 64

static const struct {
	int option;
	int value;
} options[] = {
    /* On close, drop the messages that a root that has exited did not read. */
    {ZMQ_LINGER, 0},
    /*
     * Room for a whole tree's replies to a broadcast; the nodes on the way hold back further
     * replies.
     */
    {ZMQ_RCVHWM, 1024},
    /*
     * Room for a burst of LINKs while many nodes are made, and for the windows of all programs
     * (exec.c counts them). When the queue is full, requests fail.
     */
    {ZMQ_SNDHWM, 4096},
    /* Time-out of a handshake in ms: longer than a root on a busy machine needs, but bounded. */
    {ZMQ_HANDSHAKE_IVL, 10000},
};

static int set_options(void *socket)
{
	int64_t max_bytes = WIRE_BODY_MAX_BYTES;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (zmq_setsockopt(socket, options[i].option, &options[i].value, sizeof(int)) < 0)
			return -errno;
	/* A larger frame is malformed: libzmq closes its connection without delivering it. */
	if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_bytes, sizeof(max_bytes)) < 0)
		return -errno;
	return 0;
}

int trunk_open(struct trunk *trunk, void *context, const char *endpoint, struct err *err)
{
	void *socket;
	int r;

	trunk_close(trunk);
	socket = zmq_socket(context, ZMQ_DEALER);
	if (!socket)
		return err_errno(err, -errno, "open the root's socket");
	r = set_options(socket);
	if (r == 0)
		r = listen_bind(socket, endpoint, &trunk->gate);
	if (r < 0) {
		zmq_close(socket);
		return err_text(err, r, "bind %s: %s", endpoint, zmq_strerror(-r));
	}
	trunk->socket = socket;
	return 0;
}

void trunk_close(struct trunk *trunk)
{
	if (!trunk->socket)
		return;
	gate_release(&trunk->gate);
	zmq_close(trunk->socket);
	trunk->socket = NULL;
}

int trunk_send(struct trunk *trunk, struct wire_header header, const struct wire_body *body,
	       struct err *err)
{
	static const uint8_t empty = 0x90; /* an empty MessagePack array */
	const void *data = body ? body->data : &empty;
	size_t len = body ? body->len : sizeof(empty);
	uint8_t packed[WIRE_HEADER_BYTES];

	if (body && body->failed)
		return err_text(err, -EMSGSIZE, "the request is too long");
	if (!trunk->socket)
		return err_errno(err, -EHOSTUNREACH, "send to the root");
	if (header.type != WIRE_LINK && header.type != WIRE_DISCONNECT && header.type != WIRE_ROUTE)
		header.source = WIRE_CONTROLLER;
	wire_header_pack(&header, packed);
	if (zmq_send(trunk->socket, packed, sizeof(packed), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
		return err_errno(err, -EHOSTUNREACH, "send to the root");
	/* libzmq counts whole messages: if it took the first frame, it has room for the second. */
	if (zmq_send(trunk->socket, data, len, ZMQ_DONTWAIT) < 0)
		return err_errno(err, -EHOSTUNREACH, "send to the root");
	return 0;
}

static void skip_rest(void *socket, zmq_msg_t *frame)
{
	while (zmq_msg_more(frame))
		if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
			return;
}

/*
 * Receives one message. 1: a message; 0: no message waits; -EBADMSG: a malformed message was
 * dropped.
 */
static int receive(void *socket, struct wire_header *header, zmq_msg_t *body)
{
	zmq_msg_t head;
	bool good;

	zmq_msg_init(&head);
	if (zmq_msg_recv(&head, socket, ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(&head);
		return 0;
	}
	good = zmq_msg_more(&head) &&
	       wire_header_parse(zmq_msg_data(&head), zmq_msg_size(&head), header);
	zmq_msg_init(body);
	if (zmq_msg_more(&head) && zmq_msg_recv(body, socket, ZMQ_DONTWAIT) < 0)
		good = false;
	if (zmq_msg_more(body)) {
		skip_rest(socket, body);
		good = false;
	}
	zmq_msg_close(&head);
	if (good)
		return 1;
	zmq_msg_close(body);
	return -EBADMSG;
}

int trunk_next(struct trunk *trunk, struct wire_header *header, zmq_msg_t *body)
{
	int r = 0;

	if (!trunk->socket)
		return 0;
	for (int i = 0; i < MALFORMED_MAX; i++) {
		r = receive(trunk->socket, header, body);
		if (r >= 0)
			return r;
		trunk->malformed++;
	}
	return 0;
}
