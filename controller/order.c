#include "controller/order.h"

#include "controller/daemon.h"
#include "controller/unavailable.h"

#include <errno.h>

bool order_swept(struct daemon *daemon, struct pending *pending)
{
	const struct node *node = tree_find(&daemon->tree, pending->target);
	struct err err;

	if (node && node->state != NODE_LOST && node->state != NODE_REMOVED)
		return false;
	unavailable_error(NULL, &err);
	api_error(&daemon->api, &pending->asker, &err);
	return true;
}

struct node *order_target(struct daemon *daemon, const struct asker *asker, json_int_t id)
{
	struct node *node = NULL;
	struct err err;

	if (id >= 0 && id <= WIRE_NODE_MAX)
		node = tree_find(&daemon->tree, (uint32_t)id);
	if (!node || node->state == NODE_REMOVED) {
		api_refuse(&daemon->api, asker, -ENOENT, "Not found");
		return NULL;
	}
	if (node->state == NODE_LOST || node->state == NODE_CREATING) {
		unavailable_error(node, &err);
		api_error(&daemon->api, asker, &err);
		return NULL;
	}
	return node;
}

void order_done(struct daemon *daemon, const struct pending_kind *kind, uint64_t number,
		const struct sandbox_event *event, json_t *members)
{
	const struct node *node = tree_find(&daemon->tree, event->id);
	struct pending *pending = pending_by_number(daemon, kind, number);
	struct err err = event->err;

	if (pending && node && event->kind != SANDBOX_REFUSED) {
		api_answer(&daemon->api, &pending->asker, members);
		pending_drop(daemon, pending);
		return;
	}
	json_decref(members);
	if (!node)
		err_text(&err, -ENOENT, "Not found");
	if (pending)
		pending_fail(daemon, pending, &err);
}
