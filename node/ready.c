#include "node/ready.h"

#include <zmq.h>

struct ready ready_init(void *socket)
{
	struct ready ready = {.fd = -1, .used = true};
	size_t len = sizeof(ready.fd);

	zmq_getsockopt(socket, ZMQ_FD, &ready.fd, &len);
	return ready;
}

static bool has(void *socket, short wanted)
{
	int events = 0;
	size_t len = sizeof(events);

	return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &len) == 0 && (events & wanted);
}

void ready_ask(struct ready *ready, void *socket, short wanted)
{
	/*
	 * Ask the socket itself: ZMQ_FD reports an event only once, even if the event was not
	 * handled then.
	 */
	ready->now = (ready->used || ready->now) && has(socket, wanted);
	ready->used = false;
}

void ready_wake(struct ready *ready, void *socket, short wanted, short revents)
{
	if (!ready->now && revents)
		ready->now = has(socket, wanted);
}

void ready_received(struct ready *ready, bool more)
{
	ready->used = more;
	ready->now = more;
}
