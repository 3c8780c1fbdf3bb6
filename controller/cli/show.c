#include "controller/cli/show.h"

#include "base/cleanup.h"
#include "controller/cli/text.h"

#include <stdint.h>
#include <string.h>

#define NODE_MAX 2147483647
#define SENTENCE_BYTES 1024

static bool get_int(const json_t *body, const char *key, json_int_t max, json_int_t *value)
{
	const json_t *member = json_object_get(body, key);

	if (!json_is_integer(member) || json_integer_value(member) < 0 ||
	    json_integer_value(member) > max)
		return false;
	*value = json_integer_value(member);
	return true;
}

static bool get_sentence(const json_t *body, const char *key, char sentence[SENTENCE_BYTES])
{
	const char *text = json_string_value(json_object_get(body, key));

	if (!text)
		return false;
	text_printable(sentence, SENTENCE_BYTES, text);
	return true;
}

static bool is_node(const json_t *member)
{
	return json_is_integer(member) && json_integer_value(member) >= 0 &&
	       json_integer_value(member) <= NODE_MAX;
}

/* Returns the member `key` if it is an array that holds only node ids; NULL otherwise. */
static const json_t *get_nodes(const json_t *body, const char *key)
{
	const json_t *nodes = json_object_get(body, key);

	if (!json_is_array(nodes))
		return NULL;
	for (size_t i = 0; i < json_array_size(nodes); i++)
		if (!is_node(json_array_get(nodes, i)))
			return NULL;
	return nodes;
}

static void add_nodes(struct out *out, const json_t *nodes)
{
	for (size_t i = 0; i < json_array_size(nodes); i++)
		out_add(out, " %lld", json_integer_value(json_array_get(nodes, i)));
}

bool show_nothing(const json_t *body, const char *word, struct out *out)
{
	(void)body;
	(void)word;
	(void)out;
	return true;
}

bool show_done(const json_t *body, const char *word, struct out *out)
{
	(void)body;
	(void)word;
	out_line(out, "OK");
	return true;
}

bool show_created(const json_t *body, const char *word, struct out *out)
{
	json_int_t pid;

	(void)word;
	if (!json_is_true(json_object_get(body, "more")))
		return true;
	if (!get_int(body, "pid", INT32_MAX, &pid))
		return false;
	out_line(out, "OK: %lld", pid);
	return true;
}

bool show_removed(const json_t *body, const char *word, struct out *out)
{
	(void)word;
	if (!json_is_true(json_object_get(body, "more")))
		return true;
	if (!is_node(json_object_get(body, "node")))
		return false;
	out_line(out, "OK");
	return true;
}

bool show_grown(const json_t *body, const char *word, struct out *out)
{
	const json_t *seconds = json_object_get(body, "seconds");
	json_int_t count;

	(void)word;
	if (!get_int(body, "count", NODE_MAX, &count) || !json_is_number(seconds))
		return false;
	out_line(out, "OK: %lld nodes in %.3f s", count, json_number_value(seconds));
	return true;
}

bool show_pinged(const json_t *body, const char *word, struct out *out)
{
	const json_t *answered = get_nodes(body, "answered");
	const json_t *unavailable = get_nodes(body, "unavailable");

	(void)word;
	if (!answered || !unavailable)
		return false;
	out_fresh_line(out);
	/* An empty tree has no node id to show: "-1" stands for no node. */
	out_add(out, json_array_size(answered) + json_array_size(unavailable) ? "OK:" : "OK: -1");
	add_nodes(out, answered);
	out_add(out, "\n");
	if (json_array_size(unavailable)) {
		out_add(out, "Unavailable:");
		add_nodes(out, unavailable);
		out_add(out, "\n");
	}
	return true;
}

bool show_timer(const json_t *body, const char *word, struct out *out)
{
	json_int_t node, ms;

	if (!get_int(body, "node", NODE_MAX, &node) || !get_int(body, "ms", INT64_MAX, &ms))
		return false;
	if (!strcmp(word, "time"))
		out_line(out, "OK: %lld %s: %lld", node, word, ms);
	else
		out_line(out, "OK: %lld %s", node, word);
	return true;
}

bool show_stats(const json_t *body, const char *word, struct out *out)
{
	json_t *stats = json_object_get(body, "stats"), *count;
	char name[64];
	const char *key;
	json_int_t node;

	(void)word;
	if (!get_int(body, "node", NODE_MAX, &node) || !json_is_object(stats))
		return false;
	json_object_foreach(stats, key, count) if (!json_is_integer(count)) return false;
	out_fresh_line(out);
	out_add(out, "OK: %lld stats:", node);
	json_object_foreach(stats, key, count)
	{
		text_printable(name, sizeof(name), key);
		out_add(out, " %s=%lld", name, json_integer_value(count));
	}
	out_add(out, "\n");
	return true;
}

bool show_ended(const json_t *body, struct out *out)
{
	char error[SENTENCE_BYTES];
	json_int_t value;

	if (get_sentence(body, "error", error))
		out_line(out, "Error: %s", error);
	if (get_int(body, "exit", 255, &value)) {
		if (value)
			out_line(out, "Exit: %lld", value);
		return true;
	}
	if (get_int(body, "signal", 64, &value)) {
		out_line(out, "Exit: signal %lld", value);
		return true;
	}
	return json_object_get(body, "error") != NULL;
}

/*
 * Adds the end of the line: the descendants that became unavailable together with the node, if any.
 */
static void add_descendants(struct out *out, const json_t *event)
{
	const json_t *nodes = get_nodes(event, "unavailable");

	if (json_array_size(nodes)) {
		out_add(out, "; unavailable with it:");
		add_nodes(out, nodes);
	}
	out_add(out, "\n");
}

static bool show_lost(const json_t *event, struct out *out)
{
	char cause[SENTENCE_BYTES], spy[SENTENCE_BYTES];
	json_int_t node;

	if (!get_int(event, "node", NODE_MAX, &node) || !get_sentence(event, "cause", cause) ||
	    !get_sentence(event, "spy", spy))
		return false;
	out_fresh_line(out);
	out_add(out, "Lost: node %lld (%s), noticed by %s", node, cause, spy);
	add_descendants(out, event);
	return true;
}

static bool show_node(const json_t *event, const char *says, struct out *out)
{
	json_int_t node;

	if (!get_int(event, "node", NODE_MAX, &node))
		return false;
	out_fresh_line(out);
	out_add(out, "%s: node %lld", says, node);
	add_descendants(out, event);
	return true;
}

static bool show_frozen(const json_t *event, struct out *out)
{
	return show_node(event, "Frozen", out);
}

static bool show_thawed(const json_t *event, struct out *out)
{
	return show_node(event, "Thawed", out);
}

static bool show_restarted(const json_t *event, struct out *out)
{
	return show_node(event, "Restarted", out);
}

static bool show_destroyed(const json_t *event, struct out *out)
{
	return show_node(event, "Destroyed, with all below it", out);
}

static bool show_oom(const json_t *event, struct out *out)
{
	const char *whose = json_string_value(json_object_get(event, "exhausted"));
	json_int_t node, kills;

	if (!get_int(event, "node", NODE_MAX, &node) ||
	    !get_int(event, "kills", INT64_MAX, &kills) || !whose)
		return false;
	out_line(out, "Out of memory: node %lld (%s), %lld of its processes killed", node,
		 !strcmp(whose, "node")	  ? "its limit"
		 : !strcmp(whose, "tree") ? "the tree's limit"
					  : "the host's memory",
		 kills);
	return true;
}

static bool show_not_restarted(const json_t *event, struct out *out)
{
	char cause[SENTENCE_BYTES];
	json_int_t node;

	if (!get_int(event, "node", NODE_MAX, &node) || !get_sentence(event, "cause", cause))
		return false;
	out_line(out, "Not restarted: node %lld (%s)", node, cause);
	return true;
}

static bool show_attached(const json_t *event, struct out *out)
{
	const json_t *dropped = get_nodes(event, "dropped");

	if (!dropped)
		return false;
	out_fresh_line(out);
	out_add(out, "Attached: a new controller has taken the tree over");
	if (json_array_size(dropped)) {
		out_add(out, "; taken down, for their creation was not finished:");
		add_nodes(out, dropped);
	}
	out_add(out, "\n");
	return true;
}

static bool show_heartbeat(const json_t *event, const char *says, struct out *out)
{
	json_int_t node;

	if (!get_int(event, "node", NODE_MAX, &node))
		return false;
	out_fresh_line(out);
	out_add(out, "Heartbeat: node %lld %s", node, says);
	add_descendants(out, event);
	return true;
}

static bool show_unavailable(const json_t *event, struct out *out)
{
	return show_heartbeat(event, "is unavailable now", out);
}

static bool show_back(const json_t *event, struct out *out)
{
	return show_heartbeat(event, "is back", out);
}

/* If the event's `node` is null, the event is about the controller itself. */
static bool show_starved(const json_t *event, struct out *out)
{
	if (json_is_null(json_object_get(event, "node"))) {
		out_line(out, "Heartbeat: the controller was starved itself and waits");
		return true;
	}
	if (json_is_true(json_object_get(event, "silent")))
		return show_heartbeat(event, "is silent, but waits for a processor", out);
	return show_heartbeat(event, "was starved itself and waits", out);
}

static bool show_intrusion(const json_t *event, struct out *out)
{
	char or_parent[40] = "";
	json_int_t node, parent, segments;

	if (!get_int(event, "node", NODE_MAX, &node) ||
	    !get_int(event, "segments", INT64_MAX, &segments))
		return false;
	if (get_int(event, "parent", NODE_MAX, &parent))
		snprintf(or_parent, sizeof(or_parent), " or of its parent %lld", parent);
	out_line(out,
		 "Intrusion: programs of node %lld%s tried to speak as an agent: %lld segments "
		 "refused",
		 node, or_parent, segments);
	return true;
}

static bool show_round(const json_t *event, struct out *out)
{
	const json_t *alive = get_nodes(event, "alive");

	for (size_t i = 0; i < json_array_size(alive); i++)
		out_line(out, "OK: %lld", json_integer_value(json_array_get(alive, i)));
	return alive != NULL;
}

static const struct {
	const char *name;
	bool (*show)(const json_t *event, struct out *out);
	bool is_round;
} events[] = {
    {"lost", show_lost, false},		  {"unavailable", show_unavailable, false},
    {"back", show_back, false},		  {"starved", show_starved, false},
    {"round", show_round, true},	  {"frozen", show_frozen, false},
    {"thawed", show_thawed, false},	  {"attached", show_attached, false},
    {"restarted", show_restarted, false}, {"not_restarted", show_not_restarted, false},
    {"destroyed", show_destroyed, false}, {"oom", show_oom, false},
    {"intrusion", show_intrusion, false},
};

bool show_event(const json_t *event, bool rounds, struct out *out, char *ending, size_t size)
{
	const char *name = json_string_value(json_object_get(event, "event"));
	const char *cause = json_string_value(json_object_get(event, "cause"));

	for (size_t i = 0; name && i < ARRAY_SIZE(events); i++)
		if (!strcmp(events[i].name, name))
			return events[i].is_round && !rounds ? true : events[i].show(event, out);
	if (!name || strcmp(name, "ending") || !cause)
		return false;
	text_printable(ending, size, cause);
	return true;
}
