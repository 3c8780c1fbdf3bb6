#include "controller/order.h"

#include "controller/daemon.h"
#include "controller/unavailable.h"

bool order_swept(struct daemon *daemon, struct pending *pending)
{
	const struct node *node = tree_find(&daemon->tree, pending->target);

	if (node && node->state != NODE_LOST && node->state != NODE_REMOVED)
		return false;
	api_error(&daemon->api, &pending->asker, NODE_UNAVAILABLE);
	return true;
}

struct node *order_target(struct daemon *daemon, const struct asker *asker, json_int_t id)
{
	char text[UNAVAILABLE_BYTES];
	struct node *node = NULL;

	if (id >= 0 && id <= WIRE_NODE_MAX)
		node = tree_find(&daemon->tree, (uint32_t)id);
	if (!node || node->state == NODE_REMOVED) {
		api_error(&daemon->api, asker, "Not found");
		return NULL;
	}
	if (node->state == NODE_LOST || node->state == NODE_CREATING) {
		api_error(&daemon->api, asker, "%s", unavailable_text(node, text));
		return NULL;
	}
	return node;
}

void order_done(struct daemon *daemon, const struct pending_kind *kind, uint64_t number,
		const struct sandbox_event *event, json_t *members)
{
	const struct node *node = tree_find(&daemon->tree, event->id);
	struct pending *pending = pending_by_number(daemon, kind, number);

	if (pending && node && event->kind != SANDBOX_REFUSED) {
		api_answer(&daemon->api, &pending->asker, members);
		pending_drop(daemon, pending);
		return;
	}
	json_decref(members);
	if (pending)
		pending_fail(daemon, pending, node ? event->err.text : "Not found");
}
