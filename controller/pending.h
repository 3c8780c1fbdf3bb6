/*
 * Pending requests: those that a node, or for an order the launcher, has not answered yet. Each has
 * a number on the wire, a target and a deadline. It ends in exactly one way: its reply, an error
 * from the wire, the loss of its target, or its deadline. The struct pending_kind of a request says
 * what happens then.
 *
 * The table owns its requests; the kind owns what it puts into `own`.
 */
#ifndef BONSAI_CONTROLLER_PENDING_H
#define BONSAI_CONTROLLER_PENDING_H

#include "controller/api.h"
#include "node/wire.h"

#include <uthash.h>

#define PENDING_MAX 4096
#define PENDING_LIMIT_MS 5000
#define PENDING_STARVED_MS 30000 /* more time while the target waits for a processor */

struct daemon;
struct pending;

struct pending_kind {
	const char *name;
	/*
	 * Handles a well-formed REPLY from the target, or from any node if `from_anyone`. True: it
	 * was the last REPLY. If the body does not parse, this function itself must send the client
	 * an error. NULL: the controller ignores any REPLY, and the request ends in another way.
	 */
	bool (*reply)(struct daemon *daemon, struct pending *pending,
		      const struct wire_header *header, struct wire_reader *body);
	/*
	 * Handles the failure of the request with `err`; only `release` is called later. NULL: the
	 * client gets the error.
	 */
	void (*fail)(struct daemon *daemon, struct pending *pending, const struct err *err);
	/*
	 * Optional: called when nodes became unavailable. True: the request has nothing left to
	 * wait for. NULL: the request fails if its target is unavailable.
	 */
	bool (*sweep)(struct daemon *daemon, struct pending *pending);
	/*
	 * Optional: handles one node's error, which does not end the request. True: it was the last
	 * node.
	 */
	bool (*error)(struct daemon *daemon, struct pending *pending, uint32_t node);
	/*
	 * Optional: called when the deadline has passed. True: this function has set a new
	 * deadline.
	 */
	bool (*expire)(struct daemon *daemon, struct pending *pending);
	/* Optional: frees `own`. */
	void (*release)(struct pending *pending);
	bool from_anyone;
};

struct pending {
	uint64_t number;
	const struct pending_kind *kind;
	struct asker asker;
	uint32_t target;
	int64_t deadline_ns;
	int64_t limit_ns; /* latest deadline if the target waits for a processor */
	void *own;
	UT_hash_handle hh;
};

/*
 * Adds a request; the caller has sent nothing of it yet. `asker` may be NULL. Returns NULL when
 * there are too many requests or memory is short; the client has got an error then.
 */
struct pending *pending_add(struct daemon *daemon, const struct pending_kind *kind,
			    const struct asker *asker, uint32_t target, int limit_ms);

/* Sets the deadline to `limit_ms` from now. */
void pending_set_limit(struct daemon *daemon, struct pending *pending, int limit_ms);

/*
 * Sends the request's message with its number. If that fails, the request fails at once: the result
 * is negative, and `pending` has been freed.
 */
int pending_send(struct daemon *daemon, struct pending *pending, struct wire_header header,
		 const struct wire_body *body);

/* Fails the request with `err`: its kind sends the error, and the request is freed. */
void pending_fail(struct daemon *daemon, struct pending *pending, const struct err *err);

/* Removes and frees a request whose reply was sent already, or which needs none. */
void pending_drop(struct daemon *daemon, struct pending *pending);

/* As pending_drop, by number; does nothing if no such request is pending. */
void pending_forget(struct daemon *daemon, uint64_t number);

/* Returns the pending request of that number if it is of that kind; else NULL. */
struct pending *pending_by_number(struct daemon *daemon, const struct pending_kind *kind,
				  uint64_t number);

/* Returns the request of that kind from that client with the client's request id; NULL: none. */
struct pending *pending_find(struct daemon *daemon, const struct pending_kind *kind,
			     const struct asker *asker);

/*
 * Handles a REPLY or ERROR. False: no pending request has that number, or this node may not answer
 * the request.
 */
bool pending_answered(struct daemon *daemon, const struct wire_header *header,
		      struct wire_reader *body);

/* Fails the requests whose target is no longer available. */
void pending_sweep(struct daemon *daemon);

/* Fails the requests whose deadline has passed. */
void pending_expire(struct daemon *daemon, int64_t now_ns);

void pending_fail_all(struct daemon *daemon, const struct err *err);

#endif
