#include "controller/limit.h"

#include "base/amount.h"
#include "base/cleanup.h"
#include "controller/daemon.h"
#include "controller/unavailable.h"
#include "controller/members.h"
#include "controller/order.h"

#include <errno.h>
#include <string.h>

#define TICKET (1ull << 61) /* in tickets of limits, not of removals or freezes */
#define MILLI 1000

enum unit { COUNT, BYTES, FRACTION };

#define FIELD(field)                                                                               \
	offsetof(struct sandbox_limits, field), sizeof((struct sandbox_limits){0}.field)

static const struct kind {
	const char *name, *option;
	size_t at, bytes; /* offset and size of the member of struct sandbox_limits */
	enum unit unit;
	double least, most;
	const char *range; /* `least` and `most` as a text for people */
} kinds[LIMIT_WORDS] = {
    [LIMIT_MEMORY] = {"memory_bytes", "memory", FIELD(memory_bytes), BYTES, 1 << 20, 1ull << 52,
		      "1 MiB at least"},
    [LIMIT_PIDS] = {"pids", "pids", FIELD(pids), COUNT, 8, 1 << 22, "8 to 4194304"},
    [LIMIT_CPUS] = {"cpus", "cpus", FIELD(cpu_milli), FRACTION, 0.01, 1024, "0.01 to 1024"},
    [LIMIT_DISK] = {"disk_bytes", "disk", FIELD(disk_bytes), BYTES, 1 << 16, 1ull << 52,
		    "64 KiB at least"},
    [LIMIT_IO] = {"io_bytes_per_s", "io", FIELD(io_bytes), BYTES, 1 << 16, 1ull << 52,
		  "64 KiB at least"},
    /*
     * The limit holds for the agent too, which has about 30 descriptors open, and 3 more for each
     * program that it runs. So 64 is the least.
     */
    [LIMIT_NOFILE] = {"nofile", "nofile", FIELD(nofile), COUNT, 64, 1 << 30, "64 to 1073741824"},
};

static void put(struct sandbox_limits *limits, const struct kind *kind, uint64_t value)
{
	uint32_t small = (uint32_t)value;
	void *field = (char *)limits + kind->at;

	if (kind->bytes == sizeof(small))
		memcpy(field, &small, sizeof(small));
	else
		memcpy(field, &value, sizeof(value));
}

static uint64_t get(const struct sandbox_limits *limits, const struct kind *kind)
{
	const void *field = (const char *)limits + kind->at;
	uint32_t small;
	uint64_t value;

	memcpy(&value, field, kind->bytes);
	memcpy(&small, field, sizeof(small));
	return kind->bytes == sizeof(small) ? small : value;
}

static uint64_t value_of(const struct kind *kind, const json_t *value)
{
	return kind->unit == FRACTION ? (uint64_t)(json_number_value(value) * MILLI + 0.5)
				      : (uint64_t)json_integer_value(value);
}

static bool fits(const struct kind *kind, const json_t *value)
{
	bool is_number = kind->unit == FRACTION ? json_is_number(value) : json_is_integer(value);

	return json_is_null(value) || (is_number && json_number_value(value) >= kind->least &&
				       json_number_value(value) <= kind->most);
}

int limit_parse(const json_t *object, struct sandbox_limits *limits, struct err *err)
{
	json_t *value;
	const char *key;

	if (!json_is_object(object))
		return err_text(err, -EINVAL, "limits must be an object");
	json_object_foreach((json_t *)object, key, value)
	{
		size_t i;

		for (i = 0; i < ARRAY_SIZE(kinds); i++)
			if (!strcmp(key, kinds[i].name))
				break;
		if (i == ARRAY_SIZE(kinds))
			return err_text(err, -EINVAL, "no such limit: %.40s", key);
		if (!fits(&kinds[i], value))
			return err_text(err, -EINVAL, "%s must be %s, or null for none", key,
					kinds[i].range);
		put(limits, &kinds[i], value_of(&kinds[i], value));
	}
	return 0;
}

json_t *limit_pack(const struct sandbox_limits *limits)
{
	json_t *object = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint64_t value = get(limits, &kinds[i]);

		if (value)
			json_object_set_new(object, kinds[i].name,
					    kinds[i].unit == FRACTION
						? json_real((double)value / MILLI)
						: json_integer((json_int_t)value));
	}
	return object;
}

bool limit_is_any(const struct sandbox_limits *limits)
{
	bool is_any = limits->caps != 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		is_any = is_any || get(limits, &kinds[i]);
	return is_any;
}

void limit_inherit(const struct sandbox_limits *tree, struct sandbox_limits *node)
{
	*node = (struct sandbox_limits){
	    .disk_bytes = tree->disk_bytes, .nofile = tree->nofile, .caps = tree->caps};
}

/* --- limits as options --- */

static json_t *read_word(const struct kind *kind, const char *word)
{
	uint64_t number;
	double fraction;

	if (kind->unit == FRACTION)
		return amount_fraction(word, &fraction) ? json_real(fraction) : NULL;
	if (kind->unit == COUNT)
		return amount_count(word, UINT32_MAX, &number) ? json_integer((json_int_t)number)
							       : NULL;
	return amount_bytes(word, &number) ? json_integer((json_int_t)number) : NULL;
}

int limit_read_words(const char *const words[LIMIT_WORDS], struct sandbox_limits *limits,
		     struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < LIMIT_WORDS && r == 0; i++) {
		json_t *value = words[i] ? read_word(&kinds[i], words[i]) : NULL, *object;

		if (!words[i])
			continue;
		if (!value)
			return err_text(err, -EINVAL, "--%s takes no %.40s", kinds[i].option,
					words[i]);
		object = json_pack("{s:o}", kinds[i].name, value);
		r = limit_parse(object, limits, err);
		json_decref(object);
	}
	return r;
}

/* --- set --- */

static const struct pending_kind set_kind = ORDER_KIND("set");

static void ask(struct daemon *daemon, const struct asker *asker, struct node *node,
		const struct sandbox_limits *limits)
{
	struct pending *pending = pending_add(daemon, &set_kind, asker, node->id, ORDER_LIMIT_MS);
	struct err err;

	if (pending &&
	    launcher_limit(&daemon->launcher, node->id, limits, pending->number | TICKET, &err) < 0)
		pending_fail(daemon, pending, &err);
}

void limit_set_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct sandbox_limits limits;
	struct node *node;
	struct err err;
	json_t *wanted;
	json_int_t id;

	if (members_take(request, &err, "{s:I, s:o}", "node", &id, "limits", &wanted) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	node = order_target(daemon, asker, id);
	if (!node)
		return;
	if (node->state == NODE_RESTARTING) {
		unavailable_error(node, &err);
		api_error(&daemon->api, asker, &err);
		return;
	}
	limits = node->limits;
	if (limit_parse(wanted, &limits, &err) < 0)
		api_error(&daemon->api, asker, &err);
	else
		ask(daemon, asker, node, &limits);
}

/* --- set_tree --- */

static bool never_swept(struct daemon *daemon, struct pending *pending)
{
	(void)daemon;
	(void)pending;
	return false;
}

/* No node takes part in this request, so the loss of a node does not fail it. */
static const struct pending_kind set_tree_kind = {.name = "set_tree", .sweep = never_swept};

void limit_set_tree_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct sandbox_limits limits = daemon->launcher.limits;
	struct pending *pending;
	struct err err;
	json_t *wanted;

	if (members_take(request, &err, "{s:o}", "limits", &wanted) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	if (limit_parse(wanted, &limits, &err) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	pending = pending_add(daemon, &set_tree_kind, asker, 0, ORDER_LIMIT_MS);
	if (pending && launcher_limit(&daemon->launcher, SANDBOX_NO_PARENT, &limits,
				      pending->number | TICKET, &err) < 0)
		pending_fail(daemon, pending, &err);
}

static void tree_limited(struct daemon *daemon, const struct sandbox_event *event)
{
	struct pending *pending =
	    pending_by_number(daemon, &set_tree_kind, event->ticket & ~TICKET);

	/*
	 * Even if the client's request has timed out, the launcher has set the limits: store them.
	 */
	if (event->kind == SANDBOX_LIMITED)
		daemon->launcher.limits = event->limits;
	if (!pending)
		return;
	if (event->kind == SANDBOX_REFUSED) {
		pending_fail(daemon, pending, &event->err);
		return;
	}
	api_answer(&daemon->api, &pending->asker,
		   json_pack("{s:o}", "limits", limit_pack(&event->limits)));
	pending_drop(daemon, pending);
}

/* --- the launcher's events --- */

static void killed(struct daemon *daemon, const struct sandbox_event *event)
{
	static const char *const exhausted[] = {[SANDBOX_MEMORY_OF_HOST] = "host",
						[SANDBOX_MEMORY_OF_TREE] = "tree",
						[SANDBOX_MEMORY_OF_ITS_OWN] = "node"};

	api_publish(&daemon->api,
		    json_pack("{s:s, s:I, s:I, s:s}", "event", "oom", "node", (json_int_t)event->id,
			      "kills", (json_int_t)event->kills, "exhausted",
			      exhausted[event->memory]));
}

bool limit_sandbox_event(struct daemon *daemon, const struct sandbox_event *event)
{
	struct node *node = tree_find(&daemon->tree, event->id);

	if (event->kind == SANDBOX_OOM) {
		killed(daemon, event);
		return true;
	}
	if (!(event->ticket & TICKET))
		return false;
	if (event->id == SANDBOX_NO_PARENT) {
		tree_limited(daemon, event);
		return true;
	}
	/*
	 * Even if the client's request has timed out, the launcher has set the limits: store them.
	 */
	if (node && event->kind == SANDBOX_LIMITED)
		node->limits = event->limits;
	order_done(daemon, &set_kind, event->ticket & ~TICKET, event,
		   json_pack("{s:I, s:o}", "node", (json_int_t)event->id, "limits",
			     limit_pack(&event->limits)));
	return true;
}
