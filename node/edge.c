#include "node/edge.h"

#include "base/cleanup.h"
#include "node/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define ENDPOINT_BYTES 64

enum end { BINDS = 1, CONNECTS = 2, BOTH = BINDS | CONNECTS };

static const struct {
	int option;
	int value;
	enum end end;
} options[] = {
    /*
     * Do not wait until unsent messages are sent when a socket is closed: a dead peer never reads
     * them.
     */
    {ZMQ_LINGER, 0, BOTH},
    /*
     * Limits the unread messages that a hostile child leaves at its parent: 16 MB if each message
     * has a body of the largest size.
     */
    {ZMQ_RCVHWM, 256, BOTH},
    /*
     * For messages to the parent: when this queue is full, sending fails. Then the uplink is
     * blocked, and the agent stops reading what it would have to send to the parent.
     */
    {ZMQ_SNDHWM, 256, CONNECTS},
    /*
     * For messages to a child: the agent never waits for a child, so the queue must hold all
     * messages that may be in transit at once. These are bursts of broadcasts, and the input
     * windows of programs in the child's subtree (controller/exec.c limits their number).
     */
    {ZMQ_SNDHWM, 4096, BINDS},
    /*
     * No valid frame is larger than this. If a child sends a larger frame, libzmq closes the
     * connection without reading the frame, and the child connects again. The connecting end has no
     * such limit, because it would not connect again after that. There msg_receive drops a message
     * that is too large.
     */
    {ZMQ_MAXMSGSIZE, WIRE_BODY_MAX_BYTES, BINDS},
    /*
     * Without a connection, sending must fail at once instead of queuing, so that the agent itself
     * keeps the message.
     */
    {ZMQ_IMMEDIATE, 1, CONNECTS},
    /*
     * First wait between two tries to connect, in ms: a child may run before its parent has bound.
     */
    {ZMQ_RECONNECT_IVL, 2, CONNECTS},
    /*
     * Longest wait between two tries, in ms: the child of a dead parent must not use much processor
     * time.
     */
    {ZMQ_RECONNECT_IVL_MAX, 128, CONNECTS},
    /*
     * A network link that is just being set up may lose a SYN. After 200 ms, give up the try and
     * connect again: the kernel would resend the SYN only after a second.
     */
    {ZMQ_CONNECT_TIMEOUT, 200, CONNECTS},
    /*
     * Time-out of a handshake in ms: long enough for a parent that is stopped for a while on a busy
     * machine.
     */
    {ZMQ_HANDSHAKE_IVL, 10000, BOTH},
};

static int set_option(void *socket, int option, int value)
{
	int64_t wide = value;

	/* ZMQ_MAXMSGSIZE takes an int64_t; all other options here take an int. */
	if (option == ZMQ_MAXMSGSIZE)
		return zmq_setsockopt(socket, option, &wide, sizeof(wide));
	return zmq_setsockopt(socket, option, &value, sizeof(value));
}

int edge_socket(void **socket, void *context, bool connects, struct err *err)
{
	void *made = zmq_socket(context, ZMQ_DEALER);

	if (!made)
		return err_errno(err, -errno, "open a socket");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		int rc;

		if (!(options[i].end & (connects ? CONNECTS : BINDS)))
			continue;
		if (set_option(made, options[i].option, options[i].value) == 0)
			continue;
		rc = err_errno(err, -errno, "set socket option %d", options[i].option);
		zmq_close(made);
		return rc;
	}
	*socket = made;
	return 0;
}

int edge_open(struct edge **edge, void *context, uint32_t child, const char *endpoint,
	      struct err *err)
{
	autofree struct edge *made = calloc(1, sizeof(*made));
	int rc;

	if (!made)
		return err_errno(err, -ENOMEM, "link node %u", child);
	made->child = child;
	rc = edge_socket(&made->socket, context, false, err);
	if (rc < 0)
		return rc;
	made->gate = (struct gate)GATE_INIT;
	rc = listen_bind(made->socket, endpoint, &made->gate);
	if (rc < 0) {
		zmq_close(made->socket);
		return err_text(err, rc, "bind %s: %s", endpoint, zmq_strerror(-rc));
	}
	made->ready = ready_init(made->socket);
	*edge = steal_ptr(&made);
	return 0;
}

bool edge_is_at(const struct edge *edge, const char *endpoint)
{
	char bound[ENDPOINT_BYTES];
	size_t len = sizeof(bound);

	return zmq_getsockopt(edge->socket, ZMQ_LAST_ENDPOINT, bound, &len) == 0 &&
	       !strcmp(bound, endpoint);
}

void edge_close(struct edge *edge)
{
	char endpoint[ENDPOINT_BYTES];
	size_t len = sizeof(endpoint);

	if (!edge)
		return;
	gate_release(&edge->gate);
	/* Unbind before closing: this frees the address sooner than zmq_close alone. */
	if (zmq_getsockopt(edge->socket, ZMQ_LAST_ENDPOINT, endpoint, &len) == 0)
		zmq_unbind(edge->socket, endpoint);
	zmq_close(edge->socket);
	free(edge);
}
