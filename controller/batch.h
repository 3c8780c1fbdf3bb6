/*
 * A batch is one request about many nodes: create, remove or grow. Its items are
 * started in order, as fast as the batch's kind has room, end in any order, and are
 * answered in the order asked; then the batch is answered and gone. It belongs to
 * the daemon's list.
 */
#ifndef BONSAI_CONTROLLER_BATCH_H
#define BONSAI_CONTROLLER_BATCH_H

#include "controller/api.h"
#include "sandbox/sandbox.h"

#include <sys/types.h>

#define BATCHES_MAX 64

struct daemon;
struct batch;

enum batch_shape { BATCH_EACH, BATCH_SUM }; /* an answer an item, or one in all */

struct batch_kind {
	enum batch_shape shape;
	bool has_pid;
	const char
	    *step; /* as "create node": before the node in the errors of its steps; or NULL */
	/* True while another item, the one of that id, may be started. */
	bool (*has_room)(const struct daemon *daemon, uint32_t id);
	/* Starts an item; it may be done within the call, and the batch gone with it. */
	void (*start)(struct daemon *daemon, struct batch *batch, size_t index);
};

struct batch_item {
	uint32_t id;
	pid_t pid;
	bool done;
	bool failed;
	bool step_failed; /* why: a step failed, and not what was asked for was impossible */
	bool there;	  /* remove: the node existed when this was asked for */
	int code;	  /* of a failed one: a negative errno */
	char *error;	  /* and its sentence; NULL when memory was short */
};

struct batch {
	const struct batch_kind *kind;
	struct asker asker;
	struct batch_item *items;
	size_t count; /* of these, unless it was cancelled, as many as were asked for */
	size_t asked;
	size_t started;
	size_t answered;
	size_t failed;
	size_t first_failed;
	int64_t start_ns;
	struct sandbox_limits limits; /* of nodes that are created */
	bool cancelled;
	bool progress; /* BATCH_SUM: now and then the asker is told how far it is */
	int64_t told_ns;
	struct batch *prev, *next;
};

/*
 * Takes over `ids`, at least one, and queues them; NULL when it has answered with an error.
 * What it creates has no limits, unless they are put in. Nothing is started before
 * batch_pump.
 */
struct batch *batch_add(struct daemon *daemon, const struct batch_kind *kind,
			const struct asker *asker, uint32_t *ids, size_t count, bool progress);

/* An item is done; `err` NULL when it went well. May free the batch. */
void batch_done(struct daemon *daemon, struct batch *batch, size_t index, pid_t pid,
		const struct err *err);

/* Starts what there is room for, and some. True: more could be started at once. */
bool batch_pump(struct daemon *daemon);

/*
 * Starts no more of that asker's batch of that number; what is on its way is waited for,
 * then it is answered. One that there is not is no error.
 */
void batch_cancel(struct daemon *daemon, const struct asker *asker);

/*
 * The same with every BATCH_SUM: there is no tree any more for what they are to make. It may come
 * out of a start; none is freed before the end of the next batch_pump.
 */
void batch_cancel_sums(struct daemon *daemon);

/* Answers all with `err` and frees them: nothing may refer to one any more. */
void batch_fail_all(struct daemon *daemon, const struct err *err);

#endif
