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
    /* What a dead peer did not take is of no use to anybody: never wait for it. */
    {ZMQ_LINGER, 0, BOTH},
    /* A hostile child makes its parent keep that many frames, 16 MB, and no more. */
    {ZMQ_RCVHWM, 256, BOTH},
    /* Up: beyond that the source is held back, which is its flow control. */
    {ZMQ_SNDHWM, 256, CONNECTS},
    /*
     * Down nothing waits, so all that may be on its way at once must fit: the bursts of
     * broadcasts, and the windows of the programs below (controller/exec.c counts them).
     */
    {ZMQ_SNDHWM, 4096, BINDS},
    /*
     * A larger frame breaks the grammar: its connection is closed unread, and the child's
     * end connects again. An end that connects never would, so there msg_receive drops it.
     */
    {ZMQ_MAXMSGSIZE, WIRE_BODY_MAX_BYTES, BINDS},
    /* Without a connection sending fails at once, so that what waits stays ours. */
    {ZMQ_IMMEDIATE, 1, CONNECTS},
    /* The child may be up before its parent has bound: try again at once, */
    {ZMQ_RECONNECT_IVL, 2, CONNECTS},
    /* but don't burn a processor on a parent that is gone. */
    {ZMQ_RECONNECT_IVL_MAX, 128, CONNECTS},
    /* A SYN lost on a link just coming up costs this, not the kernel's second. */
    {ZMQ_CONNECT_TIMEOUT, 200, CONNECTS},
    /* Longer than a stopped parent of a busy machine needs, yet it ends. */
    {ZMQ_HANDSHAKE_IVL, 10000, BOTH},
};

static int set_option(void *socket, int option, int value)
{
	int64_t wide = value;

	/* The one option here that is not an int. */
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
	/* Unbinding first frees the address sooner than closing alone. */
	if (zmq_getsockopt(edge->socket, ZMQ_LAST_ENDPOINT, endpoint, &len) == 0)
		zmq_unbind(edge->socket, endpoint);
	zmq_close(edge->socket);
	free(edge);
}
