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
    /* Messages that a dead peer has not read are useless: do not wait for them. */
    {ZMQ_LINGER, 0, BOTH},
    /*
     * Limits the unread messages that a hostile child leaves at its parent: 16 MB if each has one
     * body of the largest size.
     */
    {ZMQ_RCVHWM, 256, BOTH},
    /* Up: when this queue is full, sending fails, and the agent stops reading from the source. */
    {ZMQ_SNDHWM, 256, CONNECTS},
    /*
     * Down: the agent never waits for a child, so the queue must hold all that may be in transit at
     * once. These are bursts of broadcasts, and the windows of the programs below
     * (controller/exec.c counts them).
     */
    {ZMQ_SNDHWM, 4096, BINDS},
    /*
     * No valid frame is larger. libzmq closes the connection of a larger one unread, and the
     * connecting child connects again. A connecting end would not: there msg_receive drops the
     * message.
     */
    {ZMQ_MAXMSGSIZE, WIRE_BODY_MAX_BYTES, BINDS},
    /* Without a connection a send must fail at once, so that the agent itself keeps the message. */
    {ZMQ_IMMEDIATE, 1, CONNECTS},
    /* If the child is up before its parent has bound, the child retries every 2 ms at first, */
    {ZMQ_RECONNECT_IVL, 2, CONNECTS},
    /* and later every 128 ms, so that a child of a dead parent does not burn a processor. */
    {ZMQ_RECONNECT_IVL_MAX, 128, CONNECTS},
    /*
     * If a link that is just coming up loses a SYN, connect again after 200 ms. The kernel would
     * resend the SYN after a second.
     */
    {ZMQ_CONNECT_TIMEOUT, 200, CONNECTS},
    /* Longer than a stopped parent on a busy machine needs, but not without limit. */
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
