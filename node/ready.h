/*
 * Whether a ZeroMQ socket is ready, without zmq_poll: zmq_poll asks every socket twice a turn,
 * which would be most of a hop's cost. A socket's descriptor (ZMQ_FD) reports changes only, and any
 * use of the socket may consume such a report. So before each sleep, ask (ZMQ_EVENTS) only the
 * sockets that were used since.
 */
#ifndef BONSAI_NODE_READY_H
#define BONSAI_NODE_READY_H

#include <poll.h>
#include <stdbool.h>

struct ready {
	int fd;
	bool used; /* since last asked; each send and receive must set it */
	bool now;  /* the socket has the wanted event */
};

/* The state of a new socket, which counts as used. */
struct ready ready_init(void *socket);

/* Call before the sleep: asks a used socket for the event `wanted` (ZMQ_POLLIN or ZMQ_POLLOUT). */
void ready_ask(struct ready *ready, void *socket, short wanted);

/* Call after the sleep; `revents` is what poll(2) returned for the descriptor. */
void ready_wake(struct ready *ready, void *socket, short wanted, short revents);

/*
 * Call after trying to receive; `more` is false if no message was there. In that case libzmq has
 * checked for new events itself, so the descriptor reports later ones.
 */
void ready_received(struct ready *ready, bool more);

#endif
