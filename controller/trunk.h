/*
 * The trunk: the controller's end of the root's edge, and so its only way to all
 * nodes. Like every parent it binds the address of that edge, inside the launcher's
 * network namespace, and the root connects. Open while the tree has a root whose
 * sandbox is up. Nothing here waits.
 */
#ifndef BONSAI_CONTROLLER_TRUNK_H
#define BONSAI_CONTROLLER_TRUNK_H

#include "base/err.h"
#include "node/listen.h"
#include "node/wire.h"

#include <zmq.h>

struct trunk {
	void *socket;	  /* NULL when closed */
	struct gate gate; /* while open */
	uint64_t malformed;
	uint64_t foreign; /* counted by the reader: it knows the tree */
	uint64_t refused; /* segments that no agent sent, counted by gate_count */
};

int trunk_open(struct trunk *trunk, void *context, const char *endpoint, struct err *err);

/* Takes a closed one. */
void trunk_close(struct trunk *trunk);

/*
 * Sends a message from the controller; header.source is set here unless it is a
 * LINK or DISCONNECT. `body` may be NULL for an empty one. -EHOSTUNREACH when the
 * root isn't connected or takes no more.
 */
int trunk_send(struct trunk *trunk, struct wire_header header, const struct wire_body *body,
	       struct err *err);

/*
 * Takes one well-formed message. 1: `header` is filled and `body` initialised, to be
 * closed by the caller; 0: none waits. What is malformed is counted and passed over.
 */
int trunk_next(struct trunk *trunk, struct wire_header *header, zmq_msg_t *body);

#endif
