/*
 * The way up: the socket to the parent, connected here and bound there. At most one
 * message waits for it (`blocked`); whoever has something to say looks first and
 * otherwise keeps it to himself, in a socket's queue or a pipe, until uplink_flush
 * got rid of that one. So nothing is lost and nothing piles up.
 */
#ifndef BONSAI_NODE_UPLINK_H
#define BONSAI_NODE_UPLINK_H

#include "base/err.h"
#include "node/msg.h"
#include "node/ready.h"

#include <stdbool.h>
#include <stdint.h>

struct uplink {
	uint32_t id; /* this node: the source of what it says */
	void *socket;
	struct ready ready; /* to be read from, or, while blocked, to be written to */
	bool blocked;
	struct msg pending; /* while blocked */
};

/* Connects in the background, for as long as it takes. 0 or a negative errno. */
int uplink_open(struct uplink *uplink, void *context, uint32_t id, const char *endpoint,
		struct err *err);

/* Takes over `msg`. Only when not blocked; may leave the uplink blocked. */
void uplink_forward(struct uplink *uplink, struct msg *msg);

/*
 * Says something of this node's own, taking over `body`; rules as for
 * uplink_forward. `request` is 0 where nothing is answered.
 */
void uplink_say(struct uplink *uplink, enum wire_type type, uint16_t flags, uint64_t request,
		struct wire_body *body);

/* The answer to `request` is an error: `code` is a positive errno. Rules as before. */
void uplink_error(struct uplink *uplink, uint64_t request, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Tries the waiting message again. */
void uplink_flush(struct uplink *uplink);

/* Takes a zeroed one. */
void uplink_close(struct uplink *uplink);

#endif
