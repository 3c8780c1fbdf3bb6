/*
 * Requests on their way through the tree: each has a number on the wire, a target,
 * and a time by which it is answered, and ends in exactly one of its answer, an
 * error from the wire, the loss of its target, or its time's end. What each kind
 * does about these is its struct pending_kind.
 *
 * The table owns its requests; a kind owns what it hangs on `own`.
 */
#ifndef BONSAI_CONTROLLER_PENDING_H
#define BONSAI_CONTROLLER_PENDING_H

#include "controller/api.h"
#include "node/wire.h"

#include <uthash.h>

#define PENDING_MAX 4096
#define PENDING_LIMIT_MS 5000
#define PENDING_STARVED_MS 30000 /* so much longer while its target waits for a processor */

struct daemon;
struct pending;

struct pending_kind {
	const char *name;
	/*
	 * A well-formed REPLY, from the target unless `from_anyone`. True when that was
	 * the last one. A body that does not parse is the kind's to tell of. NULL: a REPLY
	 * means nothing, it is answered otherwise.
	 */
	bool (*reply)(struct daemon *daemon, struct pending *pending,
		      const struct wire_header *header, struct wire_reader *body);
	/* It will not be answered, and why; last call but release. NULL: tells the asker. */
	void (*fail)(struct daemon *daemon, struct pending *pending, const struct err *err);
	/* Optional: nodes became unavailable. True when there is nothing left to wait for. */
	bool (*sweep)(struct daemon *daemon, struct pending *pending);
	/* Optional: the error of one node does not end it; true when it was the last. */
	bool (*error)(struct daemon *daemon, struct pending *pending, uint32_t node);
	/* Optional: its time is over. True when it has set itself another. */
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
	int64_t limit_ns; /* the same if its target waits for a processor */
	void *own;
	UT_hash_handle hh;
};

/*
 * Adds a request that nothing was sent of yet. `asker` may be NULL. NULL when there
 * are too many or memory is short; the asker has been told then.
 */
struct pending *pending_add(struct daemon *daemon, const struct pending_kind *kind,
			    const struct asker *asker, uint32_t target, int limit_ms);

/* Sets the time left anew. */
void pending_set_limit(struct daemon *daemon, struct pending *pending, int limit_ms);

/*
 * Sends the request's message with its number. When that is impossible the
 * request fails at once: `pending` is gone then, and the result negative.
 */
int pending_send(struct daemon *daemon, struct pending *pending, struct wire_header header,
		 const struct wire_body *body);

/* It will not be answered, and why: its kind says so, and it is gone. */
void pending_fail(struct daemon *daemon, struct pending *pending, const struct err *err);

/* Takes it out, answered elsewhere; frees it. */
void pending_drop(struct daemon *daemon, struct pending *pending);

/* The same by number; one that is not open any more is no error. */
void pending_forget(struct daemon *daemon, uint64_t number);

/* The open request of that number, if it is of that kind; or NULL. */
struct pending *pending_by_number(struct daemon *daemon, const struct pending_kind *kind,
				  uint64_t number);

/* The request of that kind and asker, number included; NULL when there is none. */
struct pending *pending_find(struct daemon *daemon, const struct pending_kind *kind,
			     const struct asker *asker);

/* A REPLY or ERROR has come. False: no open request is meant, or not by that node. */
bool pending_answered(struct daemon *daemon, const struct wire_header *header,
		      struct wire_reader *body);

/* Fails those whose target is not available any more. */
void pending_sweep(struct daemon *daemon);

/* Fails those whose time is over. */
void pending_expire(struct daemon *daemon, int64_t now_ns);

void pending_fail_all(struct daemon *daemon, const struct err *err);

#endif
