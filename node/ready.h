/*
 * Tells whether a ZeroMQ socket is ready, without zmq_poll. zmq_poll would ask every socket twice
 * in each turn of the agent's loop, which would be most of the cost of forwarding a message.
 *
 * A socket's descriptor (ZMQ_FD) reports changes only, and any use of the socket may consume such a
 * report. So before the loop sleeps, it asks (ZMQ_EVENTS) only the sockets that were used since it
 * last asked.
 */
#ifndef BONSAI_NODE_READY_H
#define BONSAI_NODE_READY_H

#include <poll.h>
#include <stdbool.h>

struct ready {
	int fd;
	bool used; /* used since ready_ask; each send and receive must set this */
	bool now;  /* the socket has the wanted event */
};

/* The state of a new socket, which counts as used. */
struct ready ready_init(void *socket);

/*
 * Call before poll(2) sleeps: asks a used socket for the event `wanted` (ZMQ_POLLIN or
 * ZMQ_POLLOUT).
 */
void ready_ask(struct ready *ready, void *socket, short wanted);

/* Call after poll(2); `revents` is what poll(2) returned for the socket's descriptor. */
void ready_wake(struct ready *ready, void *socket, short wanted, short revents);

/*
 * Call after trying to receive; `more` is false if no message was there. If no message was there,
 * libzmq has checked for new events itself, so the descriptor reports later ones.
 */
void ready_received(struct ready *ready, bool more);

#endif
