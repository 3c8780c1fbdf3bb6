/*
 * The trunk: the controller's end of the root's edge, and so its only way to all nodes. Like every
 * parent the controller binds the address of that edge, in the launcher's network namespace, and
 * the root connects. The trunk is open while the tree has a root whose sandbox is running. Nothing
 * here blocks, except trunk_open: up to 500 ms while the address is in use (node/listen.h).
 */
#ifndef BONSAI_CONTROLLER_TRUNK_H
#define BONSAI_CONTROLLER_TRUNK_H

#include "base/err.h"
#include "node/listen.h"
#include "node/wire.h"

#include <zmq.h>

struct trunk {
	void *socket;	  /* NULL: the trunk is closed */
	struct gate gate; /* valid while the trunk is open */
	uint64_t malformed;
	uint64_t
	    foreign; /* from wrong nodes; counted by loop.c and attach.c, which know the tree */
	uint64_t refused; /* TCP segments that no agent sent, counted by gate_count */
};

int trunk_open(struct trunk *trunk, void *context, const char *endpoint, struct err *err);

/* Closes the trunk, which may be closed already. */
void trunk_close(struct trunk *trunk);

/*
 * Sends a message from the controller. Sets header.source, unless the message is a LINK, DISCONNECT
 * or ROUTE. `body` NULL: an empty body. -EHOSTUNREACH when the root is not connected or its queue
 * is full; -EMSGSIZE when the body is too long.
 */
int trunk_send(struct trunk *trunk, struct wire_header header, const struct wire_body *body,
	       struct err *err);

/*
 * Takes one well-formed message without blocking. 1: `header` is filled, and `body` initialized;
 * the caller closes it. 0: no message waits, or 64 malformed ones came in a row. Malformed messages
 * are counted and dropped.
 */
int trunk_next(struct trunk *trunk, struct wire_header *header, zmq_msg_t *body);

#endif
