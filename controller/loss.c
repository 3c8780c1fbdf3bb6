#include "controller/loss.h"

#include "base/clock.h"
#include "controller/beat.h"
#include "controller/create.h"
#include "controller/daemon.h"
#include "controller/doubt.h"
#include "controller/idlist.h"
#include "controller/intrusion.h"
#include "controller/pending.h"
#include "controller/recall.h"
#include "controller/record.h"
#include "controller/restart.h"

#include <stdio.h>

bool loss_over(struct daemon *daemon, struct node *node, const struct sandbox_event *event)
{
	struct node *below;
	char cause[48];

	if (!state_next(&node->state, NODE_EXIT))
		return false;
	below = tree_darken(node);
	daemon->dirty = true;
	/* A former controller may have published this loss already. */
	if (node->note & RECORD_LOSS_TOLD)
		return false;
	if (event->signal)
		snprintf(cause, sizeof(cause), "killed by signal %d", event->signal);
	else
		snprintf(cause, sizeof(cause), "exited with status %d", event->status);
	api_publish(&daemon->api, json_pack("{s:s, s:I, s:s, s:s, s:o, s:I}", "event", "lost",
					    "node", (json_int_t)node->id, "cause", cause, "spy",
					    "its exit", "unavailable", idlist_of_walk(below),
					    "noticed_ns", (json_int_t)event->time_ns));
	recall_cut_off(node);
	record_node(daemon, node, RECORD_LOSS_TOLD, true);
	return true;
}

void loss_exited(struct daemon *daemon, struct node *node, const struct sandbox_event *event)
{
	if (loss_over(daemon, node, event))
		restart_lost(daemon, node);
}

void loss_silent(struct daemon *daemon, struct node *node)
{
	if (recall_is_cut_off(node)) {
		node->missed = true;
		return;
	}
	if (!state_next(&node->state, NODE_SILENT))
		return;
	api_publish(&daemon->api, json_pack("{s:s, s:I, s:o, s:I}", "event", "unavailable", "node",
					    (json_int_t)node->id, "unavailable",
					    idlist_of_walk(tree_darken(node)), "noticed_ns",
					    (json_int_t)clock_ns()));
	daemon->dirty = true;
	/*
	 * If the node did not reply to a roll call, its parent may have no link to it: recall.h
	 * asks the parent to link the node again.
	 */
	if (node->unanswered) {
		node->missed = true;
		node->linked = !node->parent;
	}
	node->unanswered = false;
	recall_watch(daemon);
}

void loss_doubt(struct daemon *daemon, struct node *node)
{
	if (!doubt_begin(daemon, node))
		loss_silent(daemon, node);
}

int64_t loss_step(struct daemon *daemon, int64_t now_ns)
{
	struct node *node;
	int64_t next_ns;

	while ((node = doubt_step(daemon, now_ns, &next_ns)))
		loss_silent(daemon, node);
	return next_ns;
}

void loss_heard(struct daemon *daemon, struct node *node)
{
	doubt_end(daemon, node);
	node->unanswered = false;
	if (!state_next(&node->state, NODE_BACK))
		return;
	if (node->missed)
		recall_found(daemon, node);
	recall_doubt_below(daemon, node);
	tree_lighten(node);
	api_publish(&daemon->api,
		    json_pack("{s:s, s:I, s:I}", "event", "back", "node", (json_int_t)node->id,
			      "noticed_ns", (json_int_t)clock_ns()));
	/* The node may have missed a change of the heartbeat interval: tell it. */
	if (node->available)
		beat_tell(daemon, node);
}

void loss_judge_root(struct daemon *daemon, int64_t now_ns)
{
	enum watch_change change = watch_judge(&daemon->root_watch, now_ns);

	if (change == WATCH_WENT_SILENT && daemon->tree.root)
		loss_doubt(daemon, daemon->tree.root);
	if (change == WATCH_CAME_BACK && daemon->tree.root &&
	    recall_heard(daemon, daemon->tree.root))
		loss_heard(daemon, daemon->tree.root);
}

static void starved(struct daemon *daemon, const struct node *node)
{
	api_publish(&daemon->api,
		    json_pack("{s:s, s:I}", "event", "starved", "node", (json_int_t)node->id));
}

bool loss_report(struct daemon *daemon, struct node *reporter, struct wire_reader *body)
{
	uint64_t what, id, segments = 0;
	uint32_t members;
	struct node *child;

	if (!wire_get_array(body, &members) || !wire_get_uint(body, &what) ||
	    !wire_get_uint(body, &id) || id > WIRE_NODE_MAX ||
	    members != (what == REPORT_INTRUSION ? 3 : 2) ||
	    (members == 3 && (!wire_get_uint(body, &segments) || segments > INT64_MAX)) ||
	    !wire_reader_done(body))
		return false;
	if (what == REPORT_STARVED) {
		starved(daemon, reporter);
		return true;
	}
	child = tree_find(&daemon->tree, (uint32_t)id);
	/*
	 * The child may have been removed while the report was on its way: then the report is no
	 * error of the reporter.
	 */
	if (!child)
		return true;
	if (child->parent != reporter)
		return false;
	if (what == REPORT_SILENT)
		loss_doubt(daemon, child);
	else if (what == REPORT_BACK && recall_heard(daemon, child))
		loss_heard(daemon, child);
	else if (what == REPORT_INTRUSION)
		intrusion_publish(daemon, child, segments);
	return true;
}

void loss_sweep(struct daemon *daemon)
{
	/*
	 * Failing creations may make more nodes unavailable, but none that was available before. So
	 * going through the requests and creations twice is enough.
	 */
	for (int i = 0; daemon->dirty && i < 2; i++) {
		daemon->dirty = false;
		pending_sweep(daemon);
		create_sweep(daemon);
	}
}
