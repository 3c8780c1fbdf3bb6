#include "controller/create.h"

#include "base/clock.h"
#include "base/threads.h"
#include "controller/batch.h"
#include "controller/beat.h"
#include "controller/caps.h"
#include "controller/creation.h"
#include "controller/daemon.h"
#include "controller/idlist.h"
#include "controller/limit.h"
#include "controller/members.h"
#include "controller/patience.h"
#include "controller/pending.h"
#include "controller/place.h"
#include "controller/record.h"
#include "controller/remove.h"
#include "controller/unavailable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define ASKED_MAX 64 /* sandboxes requested from the launcher at once: its queue holds them */
#define WINDOW 1024  /* creations at once, those with a running sandbox included */
#define LAUNCHER_LIMIT_NS (30 * NS_PER_S) /* with no launcher event of a creation or restart */
#define CLEAR_LIMIT_NS (2 * NS_PER_S)	  /* after a failure the client gets its error by then */

/* Fails the creation because one of its steps has failed. */
static void fail(struct daemon *daemon, struct node *node, const struct err *err)
{
	creation_abandon(node, true, err);
	remove_subtree(daemon, node);
}

static void fail_orphan(struct daemon *daemon, struct node *node)
{
	creation_orphaned(node);
	remove_subtree(daemon, node);
}

static void link_failed(struct daemon *daemon, struct pending *pending, const struct err *err)
{
	struct node *node = tree_find(&daemon->tree, (uint32_t)(uintptr_t)pending->own);
	struct err failed = *err;

	/* If this LINK was for a node that existed before, recall.h links the node again. */
	if (node && node->link == pending->number) {
		node->link = 0;
		node->linked = false;
	}
	/* By now the node may be gone, or another node may have its id. */
	if (!node || node->state != NODE_CREATING || node->creation->link != pending->number)
		return;
	node->creation->link = 0; /* the caller, pending_fail, frees the request */
	err_wrap(&failed, "link");
	if (err->code == -EHOSTUNREACH)
		fail_orphan(daemon, node);
	else
		fail(daemon, node, &failed);
}

/*
 * The LINK of a creation has no time-out of its own: the creation's time-out (patience.h) begins
 * when its sandbox is running.
 */
static bool link_expired(struct daemon *daemon, struct pending *pending)
{
	const struct node *node = tree_find(&daemon->tree, (uint32_t)(uintptr_t)pending->own);

	if (!node || node->state != NODE_CREATING || node->creation->link != pending->number)
		return false;
	pending_set_limit(daemon, pending, 2 * PENDING_LIMIT_MS);
	return true;
}

/* An agent sends no reply to a LINK that succeeded, only an error if the LINK failed. */
static const struct pending_kind link_kind = {
    .name = "link",
    .fail = link_failed,
    .expire = link_expired,
};

static int send_link(struct daemon *daemon, struct node *node, struct err *err)
{
	struct wire_header header = {
	    .type = WIRE_LINK,
	    .source = node->id,
	    .target = node->parent->id,
	};
	struct wire_body body = WIRE_BODY_INIT;
	char endpoint[EDGE_ENDPOINT_BYTES];
	struct pending *pending;

	pending = pending_add(daemon, &link_kind, NULL, node->parent->id, 2 * PENDING_LIMIT_MS);
	if (!pending)
		return err_text(err, -EAGAIN, "too many requests at once");
	pending->own = (void *)(uintptr_t)node->id;
	if (node->creation)
		node->creation->link = pending->number;
	else
		node->link = pending->number;
	node->linked = true;
	edge_endpoint(&daemon->edges, node->edge, endpoint);
	wire_put_array(&body, 1);
	wire_put_str(&body, endpoint);
	node->linked_request = pending->number;
	/* If sending fails, pending_send calls link_failed, which reports the error. */
	pending_send(daemon, pending, header, &body);
	wire_body_release(&body);
	return 0;
}

int create_link(struct daemon *daemon, struct node *node, struct err *err)
{
	char endpoint[EDGE_ENDPOINT_BYTES];
	int r;

	if (node->parent)
		return send_link(daemon, node, err);
	edge_endpoint(&daemon->edges, node->edge, endpoint);
	r = trunk_open(&daemon->trunk, daemon->context, endpoint, err);
	if (r == 0)
		node->linked = true;
	node->linked_request = daemon->last_request;
	return r;
}

/*
 * Has the node's edge bound as early as possible. The parent's agent binds it while the sandbox is
 * still being made, so that the node's first messages get through at once. For the root the
 * controller binds the edge (the trunk), as soon as the root's link is there.
 */
static void proceed(struct daemon *daemon, struct node *node)
{
	struct err err;

	if (node->state != NODE_CREATING || node->linked)
		return;
	if (!node->parent && !node->creation->up)
		return;
	if (create_link(daemon, node, &err) < 0)
		fail(daemon, node, &err);
}

void create_ready(struct daemon *daemon, struct node *node)
{
	if (node->state != NODE_CREATING || !node->linked)
		return;
	/* The node's READY may arrive before the launcher's event CREATED. */
	node->creation->ready = true;
	if (!node->creation->up || !state_next(&node->state, NODE_SIGNED_ON))
		return;
	record_node(daemon, node, RECORD_SIGNED_ON, true);
	tree_lighten(node);
	pending_forget(daemon, node->creation->link);
	patience_progress(daemon);
	creation_finish(daemon, node->creation);
	if (node->beat_ms != daemon->beat_ms)
		beat_tell(daemon, node);
}

static void exited(struct daemon *daemon, struct node *node, const struct sandbox_event *event)
{
	struct err err;

	if (event->signal)
		err_text(&err, -ECHILD, "its init was killed by signal %d", event->signal);
	else if (event->status == THREADS_STATUS)
		err_text(&err, -EAGAIN, THREADS_LACKING);
	else
		err_text(&err, -ECHILD, "its init exited with status %d", event->status);
	fail(daemon, node, &err);
}

void create_sandbox_event(struct daemon *daemon, const struct sandbox_event *event)
{
	struct node *node = tree_find(&daemon->tree, event->id);

	daemon->launcher_heard_ns = clock_ns();
	patience_progress(daemon);
	if (!node || node->state != NODE_CREATING)
		return;
	if (event->kind == SANDBOX_EXITED) {
		exited(daemon, node, event);
	} else if (event->kind != SANDBOX_CREATED) {
		fail(daemon, node, &event->err);
	} else {
		node->pid = event->pid;
		creation_up(daemon, node->creation);
		node->creation->turn_ns = daemon->launcher_heard_ns;
		if (node->creation->ready)
			create_ready(daemon, node);
		else
			proceed(daemon, node);
	}
}

void create_sweep(struct daemon *daemon)
{
	struct creation *creation, *next;

	/* Failing a creation changes states only; no creation leaves the list. */
	DL_FOREACH_SAFE(daemon->creations, creation, next) {
		const struct node *parent = creation->node->parent;

		if (creation->node->state == NODE_CREATING && parent && !parent->available)
			fail_orphan(daemon, creation->node);
	}
}

/* Returns what the creation waits for, as a text for its error. */
static const char *step(const struct creation *creation)
{
	if (!creation->up)
		return "its sandbox is not up";
	return creation->node->parent ? "sandbox up, parent told to link"
				      : "sandbox up, socket bound";
}

/* Returns when to check the creation again; `*over` says whether its time-out has passed. */
static int64_t deadline(const struct daemon *daemon, const struct creation *creation,
			int64_t now_ns, bool *over)
{
	int64_t since_ns = creation->turn_ns, due_ns;

	if (!creation->err.code && creation->up) {
		*over = patience_is_over(daemon, creation->node, since_ns, now_ns);
		return patience_deadline(daemon, since_ns, now_ns);
	}
	if (creation->err.code) {
		due_ns = since_ns + CLEAR_LIMIT_NS;
	} else {
		/*
		 * The time-out starts anew whenever the launcher has reported on another creation
		 * or restart.
		 */
		if (daemon->launcher_heard_ns > since_ns)
			since_ns = daemon->launcher_heard_ns;
		due_ns = since_ns + LAUNCHER_LIMIT_NS;
	}
	*over = now_ns >= due_ns;
	return due_ns;
}

static void late(struct daemon *daemon, struct creation *creation, int64_t now_ns)
{
	struct err err;

	err_text(&err, -ETIMEDOUT, "no READY within %lld s (%s)",
		 (long long)((now_ns - creation->turn_ns) / NS_PER_S), step(creation));
	fail(daemon, creation->node, &err);
}

int64_t create_expire(struct daemon *daemon, int64_t now_ns)
{
	struct creation *creation, *next;
	int64_t soonest_ns = INT64_MAX, due_ns;
	bool over;

	DL_FOREACH_SAFE(daemon->creations, creation, next) {
		due_ns = deadline(daemon, creation, now_ns, &over);
		if (!over) {
			soonest_ns = due_ns < soonest_ns ? due_ns : soonest_ns;
		} else if (creation->err.code) {
			creation_finish(daemon, creation);
		} else {
			late(daemon, creation, now_ns);
			soonest_ns = now_ns;
		}
	}
	return soonest_ns;
}

int create_sandbox(struct daemon *daemon, struct node *node, struct err *err)
{
	char endpoint[EDGE_ENDPOINT_BYTES];
	struct sandbox_spec spec = {
	    .id = node->id,
	    .parent = node->parent ? node->parent->id : SANDBOX_NO_PARENT,
	    .parent_addr = edge_parent_addr(&daemon->edges, node->edge),
	    .child_addr = edge_child_addr(&daemon->edges, node->edge),
	    .limits = node->limits,
	};

	edge_child_endpoint(&daemon->edges, node->edge, endpoint);
	snprintf(spec.boot, sizeof(spec.boot), "%u %s %d", node->id, endpoint, daemon->beat_ms);
	node->beat_ms = daemon->beat_ms;
	return launcher_create(&daemon->launcher, &spec, err);
}

/*
 * Makes the records of node `id` and requests its sandbox from the launcher. On failure undoes all
 * of that.
 */
static int begin(struct daemon *daemon, uint32_t id, struct node *parent, struct batch *batch,
		 size_t index, struct err *err)
{
	struct node *node;
	uint32_t edge;
	int r = edge_take(&daemon->edges, &edge, err);

	if (r < 0)
		return r;
	node = tree_add(&daemon->tree, id, parent);
	r = node ? 0 : err_errno(err, -ENOMEM, "its record");
	if (r == 0) {
		node->edge = edge;
		node->limits = batch->limits;
		node->since_ns = clock_ns();
		r = create_sandbox(daemon, node, err);
	}
	if (r == 0 && !creation_add(daemon, node, batch, index))
		r = err_errno(err, -ENOMEM, "its record");
	if (r == 0) {
		proceed(daemon, node);
		return 0;
	}
	/*
	 * If the sandbox was requested already, have it removed: the controller keeps no record of
	 * it.
	 */
	if (node) {
		launcher_remove(&daemon->launcher, &id, 1, 0, NULL);
		tree_drop(&daemon->tree, node);
	}
	edge_give_back(&daemon->edges, edge);
	return r;
}

void create_start(struct daemon *daemon, struct batch *batch, size_t index)
{
	uint32_t id = batch->items[index].id;
	struct node *parent = place_parent(&daemon->tree, id);
	struct err err = {0};

	if (tree_find(&daemon->tree, id))
		err_text(&err, -EEXIST, "Already exists");
	else if (parent && !parent->available)
		unavailable_parent(&err);
	else if (begin(daemon, id, parent, batch, index, &err) < 0)
		batch->items[index].step_failed = true;
	if (err.code)
		batch_done(daemon, batch, index, 0, &err);
}

/*
 * True while the parent of the new node `id` has not registered: the node must not start yet. If it
 * started now, its connections would fail and it would retry at growing intervals. Along a chain of
 * new nodes these delays add up.
 */
static bool is_early(const struct daemon *daemon, uint32_t id)
{
	const struct node *parent = place_parent(&daemon->tree, id);

	return parent && parent->state == NODE_CREATING;
}

bool create_has_room(const struct daemon *daemon, uint32_t id)
{
	return daemon->creations_asked < ASKED_MAX && daemon->creations_count < WINDOW &&
	       !is_early(daemon, id);
}

void create_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	static const struct batch_kind kind = {.shape = BATCH_EACH,
					       .has_pid = true,
					       .step = CREATE_STEP,
					       .has_room = create_has_room,
					       .start = create_start};
	struct sandbox_limits limits;
	json_t *array, *wanted = NULL, *caps = NULL;
	struct batch *batch;
	struct err err;
	uint32_t *ids;
	size_t count;

	limit_inherit(&daemon->launcher.limits, &limits);
	if (members_take(request, &err, "{s:o, s?o, s?o}", "ids", &array, "limits", &wanted,
			 "capabilities", &caps) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	if ((wanted && limit_parse(wanted, &limits, &err) < 0) ||
	    (caps && caps_parse(caps, &limits.caps, &err) < 0) ||
	    idlist_parse(array, &ids, &count, &err) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	batch = batch_add(daemon, &kind, asker, ids, count, false);
	if (batch)
		batch->limits = limits;
}
