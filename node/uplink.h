/*
 * The uplink: the socket to the parent. This end connects, the parent's end binds. At most one
 * message waits in the struct uplink to be sent; while a message waits, the uplink is `blocked`.
 * Before producing a message, check `blocked`. If it is set, leave the data where it is, in a
 * socket's queue or in a pipe, until uplink_flush has sent the waiting message. So the agent loses
 * no message and needs no queue of its own.
 */
#ifndef BONSAI_NODE_UPLINK_H
#define BONSAI_NODE_UPLINK_H

#include "base/err.h"
#include "node/msg.h"
#include "node/ready.h"

#include <stdbool.h>
#include <stdint.h>

struct uplink {
	uint32_t id; /* this node's id, the source of its own messages */
	void *socket;
	struct ready ready; /* whether the socket can be read or, while blocked, written */
	bool blocked;
	struct msg pending; /* the waiting message, while blocked */
};

/*
 * Opens the socket and returns; libzmq connects in the background and retries without limit. 0 or a
 * negative errno.
 */
int uplink_open(struct uplink *uplink, void *context, uint32_t id, const char *endpoint,
		struct err *err);

/*
 * Sends `msg` to the parent and takes ownership of it. The uplink must not be blocked, and may be
 * blocked afterwards.
 */
void uplink_forward(struct uplink *uplink, struct msg *msg);

/*
 * Sends a message from this node and takes ownership of `body`. The uplink must not be blocked, and
 * may be blocked afterwards. `request` is the number of the request that the message answers, or 0.
 */
void uplink_say(struct uplink *uplink, enum wire_type type, uint16_t flags, uint64_t request,
		struct wire_body *body);

/* Answers `request` with an error; `code` is a positive errno. Otherwise as uplink_say. */
void uplink_error(struct uplink *uplink, uint64_t request, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* If the uplink is blocked, tries to send the waiting message. */
void uplink_flush(struct uplink *uplink);

/* Closes the socket and drops the waiting message. Accepts a zeroed struct. */
void uplink_close(struct uplink *uplink);

#endif
