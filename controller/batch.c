#include "controller/batch.h"

#include "base/clock.h"
#include "controller/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define PROGRESS_NS (100 * NS_PER_MS)
#define PUMP_MAX 1024 /* items started in one call: other input must get its turn */

static void free_batch(struct daemon *daemon, struct batch *batch)
{
	DL_DELETE(daemon->batches, batch);
	for (size_t i = 0; i < batch->count; i++)
		free(batch->items[i].error);
	free(batch->items);
	free(batch);
}

struct batch *batch_add(struct daemon *daemon, const struct batch_kind *kind,
			const struct asker *asker, uint32_t *ids, size_t count, bool progress)
{
	struct batch *batch = calloc(1, sizeof(*batch)), *other;
	size_t open;

	DL_COUNT(daemon->batches, other, open);
	if (batch && open < BATCHES_MAX)
		batch->items = calloc(count, sizeof(*batch->items));
	if (!batch || !batch->items) {
		free(batch);
		free(ids);
		api_refuse(&daemon->api, asker, -EAGAIN, "too many requests at once");
		return NULL;
	}
	batch->kind = kind;
	batch->asker = *asker;
	batch->count = batch->asked = count;
	batch->progress = progress;
	batch->start_ns = clock_ns();
	for (size_t i = 0; i < count; i++)
		batch->items[i].id = ids[i];
	free(ids);
	DL_APPEND(daemon->batches, batch);
	return batch;
}

/*
 * Makes the error of a failed item. If a step of the work failed, the step's name and the node's id
 * precede the text.
 */
static void item_error(const struct batch *batch, const struct batch_item *item, struct err *err)
{
	err_text(err, item->error ? item->code : -ENOMEM, "%s",
		 item->error ? item->error : "the controller is out of memory");
	if (item->step_failed)
		err_wrap(err, "%s %u", batch->kind->step, item->id);
}

static void answer_item(struct daemon *daemon, struct batch *batch, const struct batch_item *item)
{
	json_t *members = json_pack("{s:I, s:b}", "node", (json_int_t)item->id, "more", 1);
	struct err err;

	if (item->failed) {
		item_error(batch, item, &err);
		api_put_error(members, &err);
	} else if (batch->kind->has_pid) {
		json_object_set_new(members, "pid", json_integer(item->pid));
	}
	if (item->step_failed)
		json_object_set_new(members, "step", json_true());
	/* If the client has disconnected, the batch goes on without replies. */
	if (api_answer(&daemon->api, &batch->asker, members) < 0)
		batch->asker.len = 0;
}

static void answer_failed(struct daemon *daemon, const struct batch *batch)
{
	const struct batch_item *first = &batch->items[batch->first_failed];
	struct err err;

	item_error(batch, first, &err);
	if (!first->step_failed)
		err_wrap(&err, "node %u", first->id);
	api_refuse(&daemon->api, &batch->asker, err.code, "%zu of %zu nodes failed; first: %s",
		   batch->failed, batch->count, err.text);
}

static void answer_sum(struct daemon *daemon, struct batch *batch)
{
	double seconds = (double)(clock_ns() - batch->start_ns) / NS_PER_S;

	if (batch->cancelled)
		api_refuse(&daemon->api, &batch->asker, -ECANCELED,
			   "stopped: %zu of %zu nodes were made", batch->started - batch->failed,
			   batch->asked);
	else if (batch->failed)
		answer_failed(daemon, batch);
	else
		api_answer(
		    &daemon->api, &batch->asker,
		    json_pack("{s:I, s:f}", "count", (json_int_t)batch->count, "seconds", seconds));
}

static void tell_progress(struct daemon *daemon, struct batch *batch)
{
	int64_t now_ns = clock_ns();

	if (!batch->progress || now_ns - batch->told_ns < PROGRESS_NS)
		return;
	batch->told_ns = now_ns;
	api_answer(&daemon->api, &batch->asker,
		   json_pack("{s:I, s:I, s:b}", "done", (json_int_t)batch->answered, "count",
			     (json_int_t)batch->count, "more", 1));
}

static void finish(struct daemon *daemon, struct batch *batch)
{
	if (batch->kind->shape == BATCH_SUM)
		answer_sum(daemon, batch);
	else if (batch->cancelled)
		api_refuse(&daemon->api, &batch->asker, -ECANCELED, "stopped");
	else
		api_answer(&daemon->api, &batch->asker, json_object());
	free_batch(daemon, batch);
}

void batch_done(struct daemon *daemon, struct batch *batch, size_t index, pid_t pid,
		const struct err *err)
{
	struct batch_item *item = &batch->items[index];

	item->done = true;
	item->pid = pid;
	if (err) {
		item->failed = true;
		item->code = err->code;
		item->error = strdup(err->text);
		if (!batch->failed++ || index < batch->first_failed)
			batch->first_failed = index;
	}
	while (batch->answered < batch->count && batch->items[batch->answered].done) {
		if (batch->kind->shape == BATCH_EACH)
			answer_item(daemon, batch, &batch->items[batch->answered]);
		batch->answered++;
	}
	if (batch->answered < batch->count) {
		tell_progress(daemon, batch);
		return;
	}
	finish(daemon, batch);
}

/* Cuts off the batch's items that have not started. */
static void cancel(struct batch *batch)
{
	if (batch->started == batch->count)
		return;
	batch->cancelled = true;
	batch->count = batch->started;
}

/* Finishes the cancelled batches whose started items have all ended. */
static void finish_cancelled(struct daemon *daemon)
{
	struct batch *batch, *next;

	DL_FOREACH_SAFE(daemon->batches, batch, next)
		if (batch->cancelled && batch->answered == batch->count)
			finish(daemon, batch);
}

void batch_cancel(struct daemon *daemon, const struct asker *asker)
{
	struct batch *batch;

	DL_FOREACH(daemon->batches, batch)
		if (asker_is_same(&batch->asker, asker))
			cancel(batch);
	finish_cancelled(daemon);
}

void batch_cancel_sums(struct daemon *daemon)
{
	struct batch *batch;

	/*
	 * Free no batch here: start_some may be iterating over the list of batches, and the caller
	 * may be the `start` of a batch.
	 */
	DL_FOREACH(daemon->batches, batch)
		if (batch->kind->shape == BATCH_SUM)
			cancel(batch);
}

/*
 * Starts items of all batches that have room. True: PUMP_MAX items were started, and more could be.
 * A `start` may free its own batch if it starts the batch's last item, but no other batch.
 */
static bool start_some(struct daemon *daemon)
{
	struct batch *batch, *next;
	int starts = 0;

	DL_FOREACH_SAFE(daemon->batches, batch, next) {
		size_t left = batch->count - batch->started;

		/*
		 * Starting the last item may free the batch: count the items in `left`, not in the
		 * batch.
		 */
		for (; left && batch->kind->has_room(daemon, batch->items[batch->started].id);
		     left--) {
			if (starts++ == PUMP_MAX)
				return true;
			batch->kind->start(daemon, batch, batch->started++);
		}
	}
	return false;
}

bool batch_pump(struct daemon *daemon)
{
	bool more = start_some(daemon);

	finish_cancelled(daemon);
	return more;
}

void batch_fail_all(struct daemon *daemon, const struct err *err)
{
	struct batch *batch, *next;

	DL_FOREACH_SAFE(daemon->batches, batch, next) {
		api_error(&daemon->api, &batch->asker, err);
		free_batch(daemon, batch);
	}
}
