/*
 * Messages to the controller that its socket has no room for, in order, with their descriptors: so
 * the launcher never waits for a controller that is stopped or slow. Owned by the launcher's loop.
 *
 * Their number is bounded by what the launcher has to tell without being asked, an end or two a
 * sandbox: while any is held, the launcher takes no request. Kills for want of memory, of which a
 * sandbox can have any number, are added up.
 */
#ifndef BONSAI_SANDBOX_OUTBOX_H
#define BONSAI_SANDBOX_OUTBOX_H

#include "sandbox/proto.h"

struct held;

/* Zeroed it is empty. */
struct outbox {
	struct held *held; /* the oldest first */
};

/*
 * Sends at once, or holds a copy (of the descriptors, too). 0; 1 when it was held; a negative
 * errno when the controller is gone, or memory is out.
 */
int outbox_send(struct outbox *outbox, int fd, const struct tell *tell, const int *fds, int count);

/* Sends what is held, as far as there is room. 0: nothing is held any more; 1: some is; as above.
 */
int outbox_flush(struct outbox *outbox, int fd);

/* Drops what is held. */
void outbox_release(struct outbox *outbox);

#endif
