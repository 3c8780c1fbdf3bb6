/*
 * A batch is the work of one request about many nodes: create, remove or grow. A batch starts its
 * items in order, as many at once as its kind has room for. Items end in any order; their replies
 * are sent in the order of the request. After the last item the client gets the last reply, and the
 * batch is freed. The daemon's list owns all batches.
 */
#ifndef BONSAI_CONTROLLER_BATCH_H
#define BONSAI_CONTROLLER_BATCH_H

#include "controller/api.h"
#include "sandbox/sandbox.h"

#include <sys/types.h>

#define BATCHES_MAX 64

struct daemon;
struct batch;

enum batch_shape { BATCH_EACH, BATCH_SUM }; /* one reply for each item, or one reply for all */

struct batch_kind {
	enum batch_shape shape;
	bool has_pid;
	const char *step; /* precedes the node's id in error texts, as "create node"; or NULL */
	/* True while there is room to start one more item, for node `id`. */
	bool (*has_room)(const struct daemon *daemon, uint32_t id);
	/*
	 * Starts an item. The item may end within the call, and the batch may be freed with its
	 * last item.
	 */
	void (*start)(struct daemon *daemon, struct batch *batch, size_t index);
};

struct batch_item {
	uint32_t id;
	pid_t pid;
	bool done;
	bool failed;
	bool step_failed; /* a step of the work failed; false: the request itself was impossible */
	bool there;	  /* remove: the node existed when the request came */
	int code;	  /* negative errno of a failed item */
	char *error;	  /* error text of a failed item; NULL when memory was short */
};

struct batch {
	const struct batch_kind *kind;
	struct asker asker;
	struct batch_item *items;
	size_t count; /* all `asked` items; after a cancel only the started items */
	size_t asked;
	size_t started;
	size_t answered;
	size_t failed;
	size_t first_failed;
	int64_t start_ns;
	struct sandbox_limits limits; /* limits of the nodes that a create or grow makes */
	bool cancelled;
	bool progress; /* BATCH_SUM: send the client its progress now and then */
	int64_t told_ns;
	struct batch *prev, *next;
};

/*
 * Queues a batch for the nodes `ids`, at least one. Takes over `ids`, also on failure. On failure
 * sends the client an error and returns NULL. Nodes that the batch creates have no limits unless
 * the caller sets `limits`. No item starts before batch_pump.
 */
struct batch *batch_add(struct daemon *daemon, const struct batch_kind *kind,
			const struct asker *asker, uint32_t *ids, size_t count, bool progress);

/* Ends an item; `err` says why the item failed, NULL: it succeeded. May free the batch. */
void batch_done(struct daemon *daemon, struct batch *batch, size_t index, pid_t pid,
		const struct err *err);

/*
 * Starts the items of all batches that there is room for, a limited number in one call. True: more
 * items could be started at once.
 */
bool batch_pump(struct daemon *daemon);

/*
 * Cancels the batch that `asker` names by its client and request id: starts no more items of it.
 * When the started items have ended, the client gets the last reply. Does nothing if there is no
 * such batch.
 */
void batch_cancel(struct daemon *daemon, const struct asker *asker);

/*
 * As batch_cancel, for every batch of shape BATCH_SUM: the tree that these batches were to make is
 * gone. Frees no batch within the call, since the caller may be the `start` of a batch; batch_pump
 * and batch_done free the batches later.
 */
void batch_cancel_sums(struct daemon *daemon);

/*
 * Sends `err` as the last reply of every batch and frees all batches. No pointer to a batch may be
 * used afterwards.
 */
void batch_fail_all(struct daemon *daemon, const struct err *err);

#endif
