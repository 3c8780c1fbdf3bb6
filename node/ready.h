/*
 * Whether a ZeroMQ socket has something to do, without zmq_poll, which asks every
 * socket twice a turn: that is most of what a hop costs. A socket's descriptor
 * (ZMQ_FD) tells of changes only, and any use of the socket may swallow one; so a
 * socket that was used is asked itself before the next sleep, and no other.
 */
#ifndef BONSAI_NODE_READY_H
#define BONSAI_NODE_READY_H

#include <poll.h>
#include <stdbool.h>

struct ready {
	int fd;
	bool used; /* since it was last asked: whoever sends or receives sets it */
	bool now;  /* it has what was wanted */
};

/* A fresh one counts as used. */
struct ready ready_init(void *socket);

/* Before the sleep: asks a socket that was used for `wanted` (ZMQ_POLLIN or ZMQ_POLLOUT). */
void ready_ask(struct ready *ready, void *socket, short wanted);

/* After the sleep: `revents` is what poll(2) saw on the descriptor. */
void ready_wake(struct ready *ready, void *socket, short wanted, short revents);

/*
 * After a try to receive: `more` is false when nothing was there. libzmq has looked for news
 * itself then, so what comes later tells of itself again.
 */
void ready_received(struct ready *ready, bool more);

#endif
