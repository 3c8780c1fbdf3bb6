/*
 * Holds messages for which the client's socket has no room, in order, with their descriptors. So
 * the launcher never waits for a client that is stopped or slow. The launcher's loop owns the
 * outbox.
 *
 * While messages are held, the launcher takes no request. So their number is bounded by what the
 * launcher sends without a request: one or two events about the end of each sandbox. The number of
 * OOM events of a sandbox is not bounded: the outbox adds their kills up in one event.
 */
#ifndef BONSAI_SANDBOX_OUTBOX_H
#define BONSAI_SANDBOX_OUTBOX_H

#include "sandbox/proto.h"

struct held;

/* All zeros: empty. */
struct outbox {
	struct held *held; /* the oldest first */
};

/*
 * Sends a message at once, or holds a copy of it and of its descriptors. 0: sent; 1: held; a
 * negative errno: the client is gone, or memory or descriptors ran out.
 */
int outbox_send(struct outbox *outbox, int fd, const struct tell *tell, const int *fds, int count);

/*
 * Sends held messages while the socket has room. 0: none is left; 1: some are left; a negative
 * errno: as for outbox_send.
 */
int outbox_flush(struct outbox *outbox, int fd);

/* Drops all held messages. */
void outbox_release(struct outbox *outbox);

#endif
