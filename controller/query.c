#include "controller/query.h"

#include "base/cleanup.h"
#include "controller/daemon.h"
#include "controller/pending.h"

#include <string.h>

struct node *query_target(struct daemon *daemon, const struct asker *asker, json_int_t id)
{
	struct node *node = NULL;

	if (id < 0 || id > WIRE_NODE_MAX) {
		api_error(&daemon->api, asker, "node must be 0 to %u", WIRE_NODE_MAX);
		return NULL;
	}
	node = tree_find(&daemon->tree, (uint32_t)id);
	if (node && node->available)
		return node;
	api_error(&daemon->api, asker, node ? NODE_UNAVAILABLE : "Not found");
	return NULL;
}

static void fail(struct daemon *daemon, struct pending *pending, const char *text)
{
	api_error(&daemon->api, &pending->asker, "%s", text);
}

static bool broken(struct daemon *daemon, struct pending *pending)
{
	api_error(&daemon->api, &pending->asker, "node %u answered something that is no answer",
		  pending->target);
	return true;
}

static bool timer_replied(struct daemon *daemon, struct pending *pending,
			  const struct wire_header *header, struct wire_reader *body)
{
	uint32_t members;
	uint64_t ms;

	(void)header;
	if (!wire_get_array(body, &members) || members != 1 || !wire_get_uint(body, &ms) ||
	    !wire_reader_done(body) || ms > INT64_MAX)
		return broken(daemon, pending);
	api_answer(
	    &daemon->api, &pending->asker,
	    json_pack("{s:I, s:I}", "node", (json_int_t)pending->target, "ms", (json_int_t)ms));
	return true;
}

static bool stats_replied(struct daemon *daemon, struct pending *pending,
			  const struct wire_header *header, struct wire_reader *body)
{
	json_t *stats = json_object();
	uint32_t count = 0, members;
	const char *name;
	uint64_t value;
	size_t len;

	(void)header;
	wire_get_array(body, &count);
	for (uint32_t i = 0; i < count && !body->bad; i++) {
		if (wire_get_array(body, &members) && members == 2 &&
		    wire_get_str(body, &name, &len) && wire_get_uint(body, &value))
			json_object_setn_new(stats, name, len, json_integer((json_int_t)value));
		else
			body->bad = true;
	}
	if (!wire_reader_done(body)) {
		json_decref(stats);
		return broken(daemon, pending);
	}
	api_answer(&daemon->api, &pending->asker,
		   json_pack("{s:I, s:o}", "node", (json_int_t)pending->target, "stats", stats));
	return true;
}

static const struct pending_kind timer_kind = {
    .name = "timer",
    .reply = timer_replied,
    .fail = fail,
};

static const struct pending_kind stats_kind = {
    .name = "stats",
    .reply = stats_replied,
    .fail = fail,
};

static void ask(struct daemon *daemon, const struct pending_kind *kind, const struct asker *asker,
		json_int_t id, enum wire_op op)
{
	struct node *node = query_target(daemon, asker, id);
	struct wire_body body = WIRE_BODY_INIT;
	struct pending *pending;

	if (!node)
		return;
	pending = pending_add(daemon, kind, asker, node->id, PENDING_LIMIT_MS);
	if (!pending) {
		api_error(&daemon->api, asker, "too many requests at once");
		return;
	}
	wire_put_array(&body, 1);
	wire_put_uint(&body, op);
	pending_send(daemon, pending,
		     (struct wire_header){.type = WIRE_REQUEST, .target = node->id}, &body);
	wire_body_release(&body);
}

void query_timer_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	static const struct {
		const char *name;
		enum wire_op op;
	} ops[] = {{"start", OP_TIMER_START}, {"stop", OP_TIMER_STOP}, {"time", OP_TIMER_TIME}};
	json_error_t error;
	const char *name;
	json_int_t id;

	if (json_unpack_ex(request, &error, JSON_STRICT, "{s:I, s:s}", "node", &id, "op", &name) <
	    0) {
		api_error(&daemon->api, asker, "%s", error.text);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		if (!strcmp(name, ops[i].name)) {
			ask(daemon, &timer_kind, asker, id, ops[i].op);
			return;
		}
	}
	api_error(&daemon->api, asker, "op must be start, stop or time");
}

void query_stats_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	json_error_t error;
	json_int_t id;

	if (json_unpack_ex(request, &error, JSON_STRICT, "{s:I}", "node", &id) < 0)
		api_error(&daemon->api, asker, "%s", error.text);
	else
		ask(daemon, &stats_kind, asker, id, OP_STATS);
}
