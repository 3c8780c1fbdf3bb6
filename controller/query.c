#include "controller/query.h"

#include "base/cleanup.h"
#include "controller/daemon.h"
#include "controller/members.h"
#include "controller/pending.h"
#include "controller/unavailable.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

struct node *query_target(struct daemon *daemon, const struct asker *asker, json_int_t id)
{
	struct node *node = NULL;
	struct err err;

	if (id < 0 || id > WIRE_NODE_MAX) {
		api_refuse(&daemon->api, asker, -EINVAL, "node must be 0 to %u", WIRE_NODE_MAX);
		return NULL;
	}
	node = tree_find(&daemon->tree, (uint32_t)id);
	if (node && node->available)
		return node;
	if (node)
		unavailable_error(node, &err);
	else
		err_text(&err, -ENOENT, "Not found");
	api_error(&daemon->api, asker, &err);
	return NULL;
}

static bool broken(struct daemon *daemon, struct pending *pending)
{
	api_refuse(&daemon->api, &pending->asker, -EPROTO,
		   "node %u answered something that is no answer", pending->target);
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

/* Adds the state of a detached program. False when the values that the node sent are invalid. */
static bool add_state(json_t *members, uint64_t program, uint64_t how, uint64_t value)
{
	const char *name = how == END_EXITED ? "exit" : "signal";

	if (program > INT_MAX || value > INT_MAX ||
	    (how != END_EXITED && how != END_SIGNALLED && how != END_RUNNING))
		return false;
	json_object_set_new(members, "program", json_integer((json_int_t)program));
	json_object_set_new(members, "running", json_boolean(how == END_RUNNING));
	if (how != END_RUNNING)
		json_object_set_new(members, name, json_integer((json_int_t)value));
	return true;
}

static bool logs_replied(struct daemon *daemon, struct pending *pending,
			 const struct wire_header *header, struct wire_reader *body)
{
	uint64_t program, how, value, from, next, end;
	json_t *members = json_object();
	const void *data;
	uint32_t count;
	size_t len;

	(void)header;
	if (!wire_get_array(body, &count) || count != 7 || !wire_get_uint(body, &program) ||
	    !wire_get_uint(body, &how) || !wire_get_uint(body, &value) ||
	    !wire_get_uint(body, &from) || !wire_get_uint(body, &next) ||
	    !wire_get_uint(body, &end) || !wire_get_bin(body, &data, &len) ||
	    !wire_reader_done(body) || len > WIRE_CHUNK_MAX_BYTES || next - from != len ||
	    end > INT64_MAX || next > end || !add_state(members, program, how, value)) {
		json_decref(members);
		return broken(daemon, pending);
	}
	json_object_set_new(members, "node", json_integer(pending->target));
	json_object_set_new(members, "from", json_integer((json_int_t)from));
	json_object_set_new(members, "next", json_integer((json_int_t)next));
	json_object_set_new(members, "end", json_integer((json_int_t)end));
	api_answer_bytes(&daemon->api, &pending->asker, members, len ? data : NULL, len);
	return true;
}

static json_t *read_program(struct wire_reader *body)
{
	uint64_t program, how, value, age_ms, octets;
	json_t *members, *command;
	const char *str;
	uint32_t count;
	size_t len;

	if (!wire_get_array(body, &count) || count != 6 || !wire_get_uint(body, &program) ||
	    !wire_get_uint(body, &how) || !wire_get_uint(body, &value) ||
	    !wire_get_uint(body, &age_ms) || !wire_get_uint(body, &octets) ||
	    !wire_get_str(body, &str, &len) || age_ms > INT64_MAX || octets > INT64_MAX)
		return NULL;
	members = json_pack("{s:I, s:I}", "age_ms", (json_int_t)age_ms, "output_bytes",
			    (json_int_t)octets);
	/*
	 * A program's arguments may be any bytes, but a JSON string must be UTF-8: null if they are
	 * not.
	 */
	command = json_stringn(str, len);
	json_object_set_new(members, "command", command ? command : json_null());
	if (add_state(members, program, how, value))
		return members;
	json_decref(members);
	return NULL;
}

static bool programs_replied(struct daemon *daemon, struct pending *pending,
			     const struct wire_header *header, struct wire_reader *body)
{
	json_t *programs = json_array(), *program = NULL;
	uint32_t count = 0;

	(void)header;
	if (!wire_get_array(body, &count))
		body->bad = true;
	for (uint32_t i = 0; i < count && !body->bad; i++) {
		program = read_program(body);
		if (json_array_append_new(programs, program) < 0)
			body->bad = true;
	}
	if (!wire_reader_done(body)) {
		json_decref(programs);
		return broken(daemon, pending);
	}
	api_answer(
	    &daemon->api, &pending->asker,
	    json_pack("{s:I, s:o}", "node", (json_int_t)pending->target, "programs", programs));
	return true;
}

static const struct pending_kind timer_kind = {
    .name = "timer",
    .reply = timer_replied,
};

static const struct pending_kind stats_kind = {
    .name = "stats",
    .reply = stats_replied,
};

static const struct pending_kind logs_kind = {
    .name = "logs",
    .reply = logs_replied,
};

static const struct pending_kind programs_kind = {
    .name = "programs",
    .reply = programs_replied,
};

/*
 * Sends node `id` a request. Its body is the `members` numbers of `op`: the operation and its
 * arguments.
 */
static void ask(struct daemon *daemon, const struct pending_kind *kind, const struct asker *asker,
		json_int_t id, const uint64_t *op, uint32_t members)
{
	struct node *node = query_target(daemon, asker, id);
	struct wire_body body = WIRE_BODY_INIT;
	struct pending *pending;

	if (!node)
		return;
	pending = pending_add(daemon, kind, asker, node->id, PENDING_LIMIT_MS);
	if (!pending)
		return;
	wire_put_array(&body, members);
	for (uint32_t i = 0; i < members; i++)
		wire_put_uint(&body, op[i]);
	pending_send(daemon, pending,
		     (struct wire_header){.type = WIRE_REQUEST, .target = node->id}, &body);
	wire_body_release(&body);
}

void query_timer_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	static const struct {
		const char *name;
		uint64_t op;
	} ops[] = {{"start", OP_TIMER_START}, {"stop", OP_TIMER_STOP}, {"time", OP_TIMER_TIME}};
	struct err err;
	const char *name;
	json_int_t id;

	if (members_take(request, &err, "{s:I, s:s}", "node", &id, "op", &name) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		if (!strcmp(name, ops[i].name)) {
			ask(daemon, &timer_kind, asker, id, &ops[i].op, 1);
			return;
		}
	}
	api_refuse(&daemon->api, asker, -EINVAL, "op must be start, stop or time");
}

/* As `ask`, for a command whose only member is `node`. */
static void ask_node(struct daemon *daemon, const struct pending_kind *kind,
		     const struct asker *asker, json_t *request, uint64_t op)
{
	struct err err;
	json_int_t id;

	if (members_take(request, &err, "{s:I}", "node", &id) < 0)
		api_error(&daemon->api, asker, &err);
	else
		ask(daemon, kind, asker, id, &op, 1);
}

void query_stats_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	ask_node(daemon, &stats_kind, asker, request, OP_STATS);
}

void query_programs_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	ask_node(daemon, &programs_kind, asker, request, OP_PROGRAMS);
}

void query_logs_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	json_int_t id, program = 0, from = 0;
	struct err err;

	if (members_take(request, &err, "{s:I, s?I, s?I}", "node", &id, "program", &program, "from",
			 &from) < 0)
		api_error(&daemon->api, asker, &err);
	else if (program < 0 || program > INT_MAX || from < 0)
		api_refuse(&daemon->api, asker, -EINVAL, "program and from must not be negative");
	else
		ask(daemon, &logs_kind, asker, id,
		    (const uint64_t[]){OP_LOGS, (uint64_t)program, (uint64_t)from}, 3);
}
