#include "controller/restart.h"

#include "base/clock.h"
#include "controller/beat.h"
#include "controller/create.h"
#include "controller/daemon.h"
#include "controller/idlist.h"
#include "controller/patience.h"
#include "controller/recall.h"
#include "controller/record.h"
#include "controller/remove.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#define RETRY_NS (10 * NS_PER_MS) /* until the next try after the launcher's queue was full */
#define LAUNCHER_LIMIT_NS (30 * NS_PER_S) /* with no launcher event of a creation or restart */

static void publish(struct daemon *daemon, const char *event, const struct node *node,
		    const char *cause)
{
	api_publish(&daemon->api, json_pack("{s:s, s:I, s:s*}", "event", event, "node",
					    (json_int_t)node->id, "cause", cause));
}

/* Returns whether the node may be restarted once more; if so, counts this restart. */
static bool may_restart(struct node *node, int64_t now_ns)
{
	int64_t *oldest = &node->restarts[node->restarted % RESTART_MAX];

	if (node->restarted >= RESTART_MAX && now_ns - *oldest < RESTART_SPAN_S * NS_PER_S)
		return false;
	*oldest = now_ns;
	node->restarted++;
	return true;
}

/*
 * Gives up the restart: the node stays lost. If the new init is running, it is killed, and the
 * launcher keeps its sandbox on record. If the new sandbox was only requested, it is removed, and
 * its record with it. If no sandbox was requested, the exited one stays on record. From the record
 * the next controller knows the surviving children's parent.
 */
static void give_up(struct daemon *daemon, struct node *node, const char *cause)
{
	state_next(&node->state, NODE_EXIT);
	if (node->up)
		launcher_kill(&daemon->launcher, node->id, SIGKILL, NULL);
	else if (node->asked)
		launcher_remove(&daemon->launcher, &node->id, 1, 0, NULL);
	record_node(daemon, node, RECORD_RESTARTS, false);
	record_node(daemon, node, RECORD_LOSS_TOLD, true);
	remove_edge(daemon, node);
	node->linked = false;
	recall_cut_off(node);
	publish(daemon, "not_restarted", node, cause);
	daemon->dirty = true;
}

/*
 * Sends three kinds of requests, which the launcher handles in order. First, the new sandbox
 * replaces the exited one's record. Second, a note says that the node has registered, so that the
 * next controller does not drop it. Third, the children's links are made: the new network namespace
 * is there by then.
 */
static int start_again(struct daemon *daemon, struct node *node, struct err *err)
{
	int r = node->refused ? launcher_remove(&daemon->launcher, &node->id, 1, 0, err) : 0;

	node->refused = false;
	if (r < 0)
		return r;
	r = create_sandbox(daemon, node, err);
	if (r < 0)
		return err_wrap(err, CREATE_STEP " %u", node->id);
	node->note = node->noted = 0;
	record_node(daemon, node, RECORD_SIGNED_ON, true);
	for (struct node *child = node->child; r == 0 && child; child = child->sibling)
		if (child->state != NODE_LOST && child->state != NODE_REMOVED &&
		    (child->state != NODE_RESTARTING || child->asked))
			r = launcher_link(&daemon->launcher, child->id, err);
	return r;
}

/*
 * Requests the node's new sandbox if the parent is available. An unavailable parent may have no
 * sandbox that the new one can be linked to.
 */
static void begin(struct daemon *daemon, struct node *node)
{
	struct err err;
	int r;

	node->up = false;
	node->asked = !node->parent || node->parent->available;
	node->restart_ns = clock_ns();
	r = node->asked ? start_again(daemon, node, &err) : 0;
	/* The launcher's queue is full: send all requests again later. */
	if (r == -EAGAIN) {
		node->asked = false;
		node->refused = true;
	} else if (r < 0) {
		give_up(daemon, node, err.text);
	}
}

void restart_lost(struct daemon *daemon, struct node *node)
{
	int64_t now_ns = clock_ns();

	/*
	 * Have the parent close its old socket for this edge: the restarted node must not connect
	 * to it.
	 */
	remove_edge(daemon, node);
	node->linked = false;
	if (daemon->on_crash == CRASH_DESTROY) {
		publish(daemon, "destroyed", node, NULL);
		remove_subtree(daemon, node);
	}
	if (daemon->on_crash != CRASH_RESTART)
		return;
	if (!may_restart(node, now_ns)) {
		publish(daemon, "not_restarted", node, "5 times in 60 s were too many");
		return;
	}
	state_next(&node->state, NODE_RESTART);
	record_node(daemon, node, RECORD_RESTARTS, true);
	begin(daemon, node);
}

void restart_adopt(struct node *node)
{
	state_next(&node->state, NODE_EXIT);
	state_next(&node->state, NODE_RESTART);
	node->asked = true;
	node->linked = false;
	node->restart_ns = clock_ns();
}

/*
 * Links the node if its new sandbox is running and its parent is available. Called whenever one of
 * the two may have become true.
 */
static void proceed(struct daemon *daemon, struct node *node)
{
	struct err err;

	if (node->state != NODE_RESTARTING || !node->up || node->linked)
		return;
	if (node->parent && !node->parent->available)
		return;
	if (create_link(daemon, node, &err) < 0) {
		give_up(daemon, node, err.text);
		return;
	}
	node->missed = true;
	recall_begin(daemon);
}

void restart_sandbox_event(struct daemon *daemon, struct node *node,
			   const struct sandbox_event *event)
{
	char cause[64];

	daemon->launcher_heard_ns = clock_ns();
	patience_progress(daemon);
	if (event->kind == SANDBOX_CREATED) {
		node->pid = event->pid;
		node->since_ns = node->restart_ns = clock_ns();
		node->up = true;
		proceed(daemon, node);
	} else if (event->kind == SANDBOX_EXITED) {
		snprintf(cause, sizeof(cause),
			 event->signal ? "killed by signal %d" : "exited with status %d",
			 event->signal ? event->signal : event->status);
		give_up(daemon, node, cause);
	} else if (event->kind == SANDBOX_FAILED && event->err.code == -ENOENT && node->parent) {
		/*
		 * The parent has exited as well; the launcher's event EXITED of the parent follows.
		 */
		node->asked = false;
	} else if (event->kind == SANDBOX_FAILED) {
		give_up(daemon, node, event->err.text);
	}
	/* Ignore REFUSED: it refuses a link, because the node had exited before the request. */
}

/* Links the surviving children again, since the parent's new agent knows none of them. */
static void link_children(struct daemon *daemon, struct node *parent)
{
	for (struct node *node = parent->child; node; node = node->sibling) {
		if (node->state != NODE_RUNNING && node->state != NODE_SUSPECT &&
		    node->state != NODE_FROZEN)
			continue;
		node->linked = false;
		create_link(daemon, node, NULL); /* if it fails, recall.h tries again */
		/* The child counts as back when a reply of the child comes (recall.h). */
		state_next(&node->state, NODE_SILENT);
		node->missed = true;
		node->beat_ms = 0;
	}
}

void restart_ready(struct daemon *daemon, struct node *node)
{
	if (node->state != NODE_RESTARTING || !node->linked ||
	    !state_next(&node->state, NODE_SIGNED_ON))
		return;
	patience_progress(daemon);
	recall_found(daemon, node);
	link_children(daemon, node);
	recall_doubt_below(daemon, node);
	tree_lighten(node);
	publish(daemon, "restarted", node, NULL);
	if (node->beat_ms != daemon->beat_ms)
		beat_tell(daemon, node);
	recall_begin(daemon);
	for (struct node *child = node->child; child; child = child->sibling) {
		if (child->state == NODE_RESTARTING && !child->asked)
			begin(daemon, child);
		else
			proceed(daemon, child);
	}
}

/*
 * Continues a restart that waits for the node's parent. The parent may be back without a restart,
 * or may stay lost.
 */
static void catch_up(struct daemon *daemon, struct node *node)
{
	if (node->parent && node->parent->state == NODE_LOST)
		give_up(daemon, node, "its parent stays lost");
	if (node->state != NODE_RESTARTING)
		return;
	if (node->parent && !node->parent->available) {
		node->restart_ns = clock_ns();
		return;
	}
	if (!node->asked)
		begin(daemon, node);
	else if (!node->missed)
		proceed(daemon, node);
}

/*
 * Returns when to check the restart again; `*over` says whether its time-out has passed. The
 * time-out does not begin before the parent is available.
 */
static int64_t deadline(const struct daemon *daemon, const struct node *node, int64_t now_ns,
			bool *over)
{
	int64_t since_ns = node->restart_ns;

	*over = false;
	if (node->parent && !node->parent->available)
		return INT64_MAX;
	if (!node->asked)
		return now_ns + RETRY_NS;
	if (node->up) {
		*over = patience_is_over(daemon, node, since_ns, now_ns);
		return patience_deadline(daemon, since_ns, now_ns);
	}
	if (daemon->launcher_heard_ns > since_ns)
		since_ns = daemon->launcher_heard_ns;
	*over = now_ns >= since_ns + LAUNCHER_LIMIT_NS;
	return since_ns + LAUNCHER_LIMIT_NS;
}

int64_t restart_expire(struct daemon *daemon, int64_t now_ns)
{
	int64_t next_ns = INT64_MAX, due_ns;
	struct node *node, *after;
	bool over;

	if (daemon->on_crash != CRASH_RESTART)
		return INT64_MAX;
	HASH_ITER(hh, daemon->tree.by_id, node, after) {
		if (node->state != NODE_RESTARTING)
			continue;
		catch_up(daemon, node);
		if (node->state != NODE_RESTARTING)
			continue;
		due_ns = deadline(daemon, node, now_ns, &over);
		if (over)
			give_up(daemon, node,
				node->up ? "it did not sign on in time"
					 : "the launcher did not start it in time");
		else if (due_ns < next_ns)
			next_ns = due_ns;
	}
	return next_ns;
}
