#include "controller/fault.h"

#include "controller/beat.h"
#include "controller/daemon.h"
#include "controller/idlist.h"
#include "controller/members.h"
#include "controller/order.h"
#include "controller/recall.h"
#include "controller/record.h"
#include "controller/unavailable.h"

#include <errno.h>
#include <signal.h>

#define TICKET (1ull << 63) /* in tickets of freezes and thaws, not of removals */
#define THAW (1ull << 62)   /* in tickets of thaws: needed if the request is no longer pending */

void fault_signal_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	json_int_t id, signal;
	struct node *node;
	struct err err;

	if (members_take(request, &err, "{s:I, s:I}", "node", &id, "signal", &signal) < 0)
		api_error(&daemon->api, asker, &err);
	else if (signal < 1 || signal >= NSIG)
		api_refuse(&daemon->api, asker, -EINVAL, "signal must be 1 to %d", NSIG - 1);
	else if (!(node = order_target(daemon, asker, id)))
		return;
	else if (launcher_kill(&daemon->launcher, node->id, (int)signal, &err) < 0)
		api_error(&daemon->api, asker, &err);
	else
		api_answer(&daemon->api, asker, json_pack("{s:I}", "node", id));
}

static const struct pending_kind freeze_kind = ORDER_KIND("freeze");
static const struct pending_kind thaw_kind = ORDER_KIND("thaw");

static void record_as_it_is(struct daemon *daemon, struct node *node)
{
	record_node(daemon, node, RECORD_FROZEN, node->state == NODE_FROZEN);
}

static void ask(struct daemon *daemon, const struct asker *asker, json_t *request,
		const struct pending_kind *kind)
{
	bool freeze = kind == &freeze_kind;
	struct pending *pending;
	struct node *node;
	struct err err;
	json_int_t id;

	if (members_take(request, &err, "{s:I}", "node", &id) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	node = order_target(daemon, asker, id);
	if (!node)
		return;
	/*
	 * The node's new sandbox is being made. A frozen node could not register, so refuse the
	 * freeze.
	 */
	if (freeze && node->state == NODE_RESTARTING) {
		unavailable_error(node, &err);
		api_error(&daemon->api, asker, &err);
		return;
	}
	if (freeze == (node->state == NODE_FROZEN)) {
		api_refuse(&daemon->api, asker, -EINVAL, freeze ? "Already frozen" : "Not frozen");
		return;
	}
	pending = pending_add(daemon, kind, asker, node->id, ORDER_LIMIT_MS);
	if (!pending)
		return;
	/*
	 * Record the freeze before requesting it. If the controller crashes in between, its
	 * successor must know to thaw the node.
	 */
	if (freeze)
		record_node(daemon, node, RECORD_FROZEN, true);
	if (launcher_freeze(&daemon->launcher, node->id, freeze,
			    pending->number | TICKET | (freeze ? 0 : THAW), &err) == 0)
		return;
	record_as_it_is(daemon, node);
	pending_fail(daemon, pending, &err);
}

void fault_freeze_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	ask(daemon, asker, request, &freeze_kind);
}

void fault_thaw_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	ask(daemon, asker, request, &thaw_kind);
}

static void frozen(struct daemon *daemon, struct node *node)
{
	if (!state_next(&node->state, NODE_FREEZE))
		return;
	record_as_it_is(daemon, node);
	api_publish(&daemon->api,
		    json_pack("{s:s, s:I, s:o}", "event", "frozen", "node", (json_int_t)node->id,
			      "unavailable", idlist_of_walk(tree_darken(node))));
	daemon->dirty = true;
}

static void thawed(struct daemon *daemon, struct node *node)
{
	if (!state_next(&node->state, NODE_THAW))
		return;
	record_as_it_is(daemon, node);
	/*
	 * The node may have missed messages while it was frozen, and its parent may not have been
	 * told of it. So ask it, or the nodes below it, again.
	 */
	if (node->missed)
		recall_doubt(daemon, node);
	else
		recall_doubt_below(daemon, node);
	tree_lighten(node);
	api_publish(&daemon->api,
		    json_pack("{s:s, s:I}", "event", "thawed", "node", (json_int_t)node->id));
	if (node->available)
		beat_tell(daemon, node);
}

bool fault_sandbox_event(struct daemon *daemon, const struct sandbox_event *event)
{
	struct node *node = tree_find(&daemon->tree, event->id);
	bool thaw = event->ticket & THAW;

	if (!(event->ticket & TICKET))
		return false;
	/*
	 * Even if the client's request has timed out, the launcher has frozen or thawed the node:
	 * change the node's state and note that.
	 */
	if (node && event->kind != SANDBOX_REFUSED)
		(thaw ? thawed : frozen)(daemon, node);
	else if (node)
		record_as_it_is(daemon, node);
	order_done(daemon, thaw ? &thaw_kind : &freeze_kind, event->ticket & ~(TICKET | THAW),
		   event, json_pack("{s:I}", "node", (json_int_t)event->id));
	return true;
}
