#include "controller/remove.h"

#include "base/cleanup.h"
#include "controller/batch.h"
#include "controller/creation.h"
#include "controller/daemon.h"
#include "controller/idlist.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#define WINDOW 64 /* removals at once */

/* A batch's item that waits for another removal, which has taken the item's node. */
struct waiter {
	struct batch *batch;
	size_t index;
	struct waiter *next;
};

struct removal {
	uint64_t ticket; /* of the request that the launcher works on; 0: none */
	uint32_t *ids;	 /* of the nodes: descendants first, `top` last */
	size_t count;
	size_t asked;	     /* ids requested so far, SANDBOX_REMOVE_MAX in each request */
	struct batch *batch; /* this and `index`: the item to end; NULL: no client */
	size_t index;
	struct waiter *waiters;
	struct removal *prev, *next;
};

static void free_removal(struct daemon *daemon, struct removal *removal)
{
	struct waiter *waiter, *next;

	DL_DELETE(daemon->removals, removal);
	daemon->removals_count--;
	LL_FOREACH_SAFE(removal->waiters, waiter, next)
	free(waiter);
	free(removal->ids);
	free(removal);
}

/*
 * Requests the removal of the next SANDBOX_REMOVE_MAX ids from the launcher. False when the
 * launcher's queue is full.
 */
static bool ask(struct daemon *daemon, struct removal *removal)
{
	size_t count = removal->count - removal->asked;
	uint64_t ticket = daemon->last_ticket + 1;
	struct err err;

	if (count > SANDBOX_REMOVE_MAX)
		count = SANDBOX_REMOVE_MAX;
	if (launcher_remove(&daemon->launcher, removal->ids + removal->asked, count, ticket, &err) <
	    0)
		return false;
	daemon->last_ticket = ticket;
	removal->ticket = ticket;
	removal->asked += count;
	return true;
}

bool remove_push(struct daemon *daemon)
{
	struct removal *removal;

	if (!daemon->removals_wait)
		return false;
	DL_FOREACH(daemon->removals, removal)
		if (!removal->ticket && !ask(daemon, removal))
			return true;
	daemon->removals_wait = false;
	return false;
}

void remove_edge(struct daemon *daemon, const struct node *node)
{
	struct wire_header header = {.type = WIRE_DISCONNECT, .source = node->id};

	if (!node->linked)
		return;
	if (!node->parent) {
		trunk_close(&daemon->trunk);
		daemon->root_watch = (struct watch){0};
		return;
	}
	/*
	 * Tell a lost parent nothing: it has no agent. Tell a silent parent: it reads the message
	 * if it comes back.
	 */
	if (node->parent->state == NODE_LOST || node->parent->state == NODE_REMOVED)
		return;
	header.target = node->parent->id;
	trunk_send(&daemon->trunk, header, NULL, NULL);
}

static struct removal *list_subtree(struct node *top)
{
	struct removal *removal = calloc(1, sizeof(*removal));
	struct node *node;

	if (!removal)
		return NULL;
	for (node = tree_walk(top); node; node = node->walk)
		removal->count++;
	removal->ids = calloc(removal->count, sizeof(*removal->ids));
	if (!removal->ids) {
		free(removal);
		return NULL;
	}
	removal->asked = removal->count;
	for (node = tree_walk(top); node; node = node->walk)
		removal->ids[--removal->asked] = node->id;
	return removal;
}

static struct removal *begin(struct daemon *daemon, struct node *top)
{
	struct removal *removal = list_subtree(top);

	if (!removal)
		return NULL;
	/* The root is removed: cancel every grow, whose further nodes would start another tree. */
	if (!top->parent)
		batch_cancel_sums(daemon);
	tree_darken(top);
	daemon->dirty = true;
	for (struct node *node = tree_walk(top); node; node = node->walk) {
		state_next(&node->state, NODE_REMOVE);
		node->removal = removal;
		(node == top ? creation_removed : creation_orphaned)(node);
	}
	DL_APPEND(daemon->removals, removal);
	daemon->removals_count++;
	if (!ask(daemon, removal))
		daemon->removals_wait = true;
	return removal;
}

void remove_subtree(struct daemon *daemon, struct node *top)
{
	if (begin(daemon, top))
		return;
	/*
	 * Memory is too short for a removal: only mark the nodes. They are freed when a removal
	 * takes a node above them.
	 */
	tree_darken(top);
	for (struct node *node = tree_walk(top); node; node = node->walk) {
		creation_orphaned(node);
		state_next(&node->state, NODE_REMOVE);
	}
	daemon->dirty = true;
}

static void finish(struct daemon *daemon, struct removal *removal, const struct err *err)
{
	struct batch *batch = removal->batch;
	struct waiter *waiters = steal_ptr(&removal->waiters), *waiter, *next;
	size_t index = removal->index;

	for (size_t i = 0; i < removal->count; i++) {
		struct node *node = tree_find(&daemon->tree, removal->ids[i]);

		if (!node || node->removal != removal)
			continue;
		if (i + 1 == removal->count)
			remove_edge(daemon, node);
		creation_gone(daemon, node);
		edge_give_back(&daemon->edges, node->edge);
		tree_drop(&daemon->tree, node);
	}
	free_removal(daemon, removal);
	if (batch)
		batch_done(daemon, batch, index, 0, err);
	LL_FOREACH_SAFE(waiters, waiter, next)
	{
		batch_done(daemon, waiter->batch, waiter->index, 0, err);
		free(waiter);
	}
}

/* Makes the item wait for the end of `removal`. False: memory is short. */
static bool wait_for(struct removal *removal, struct batch *batch, size_t index)
{
	struct waiter *waiter = malloc(sizeof(*waiter));

	if (!waiter)
		return false;
	*waiter = (struct waiter){.batch = batch, .index = index};
	LL_PREPEND(removal->waiters, waiter);
	return true;
}

bool remove_sandbox_event(struct daemon *daemon, const struct sandbox_event *event)
{
	struct removal *removal;

	if (!event->ticket)
		return false;
	DL_FOREACH(daemon->removals, removal)
		if (removal->ticket == event->ticket)
			break;
	if (!removal)
		return false;
	removal->ticket = 0;
	if (event->kind == SANDBOX_REFUSED)
		finish(daemon, removal, &event->err);
	else if (removal->asked == removal->count)
		finish(daemon, removal, NULL);
	else if (!ask(daemon, removal))
		daemon->removals_wait = true;
	return true;
}

static bool has_room(const struct daemon *daemon, uint32_t id)
{
	(void)id;
	return daemon->removals_count < WINDOW;
}

static void start(struct daemon *daemon, struct batch *batch, size_t index)
{
	struct node *node = tree_find(&daemon->tree, batch->items[index].id);
	struct removal *removal;
	struct err err;

	/*
	 * If another removal has taken the node since the request came, wait for the end of that
	 * removal. If another removal has removed the node since then, the item succeeds.
	 */
	if (node && node->removal && batch->items[index].there &&
	    wait_for(node->removal, batch, index))
		return;
	if (!node || node->state == NODE_REMOVED) {
		err_text(&err, -ENOENT, "Not found");
		batch_done(daemon, batch, index, 0, batch->items[index].there ? NULL : &err);
		return;
	}
	removal = begin(daemon, node);
	if (!removal) {
		err_text(&err, -ENOMEM, "the controller is out of memory");
		batch_done(daemon, batch, index, 0, &err);
		return;
	}
	removal->batch = batch;
	removal->index = index;
}

void remove_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	static const struct batch_kind kind = {
	    .shape = BATCH_EACH, .has_room = has_room, .start = start};

	struct batch *batch = idlist_command(daemon, &kind, asker, request);

	for (size_t i = 0; batch && i < batch->count; i++)
		batch->items[i].there = tree_find(&daemon->tree, batch->items[i].id) != NULL;
}

void remove_release(struct daemon *daemon)
{
	struct removal *removal, *next;

	DL_FOREACH_SAFE(daemon->removals, removal, next)
		free_removal(daemon, removal);
}
