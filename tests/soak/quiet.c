#include "tests/soak/quiet.h"

#include "base/clock.h"
#include "base/proc_stat.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_S 120 /* long, since only a state that never ends is a fault, not a slow machine */
#define PAUSE_MS 50
/*
 * Allowed growth of memory: the controller keeps its last 1,024 events, and each may list all ids
 * as lost.
 */
#define MEMORY_KB 8192
#define MEMORY_SANITIZED_KB (512 << 10) /* AddressSanitizer keeps freed memory for a while */

#ifdef __SANITIZE_ADDRESS__
#define MEMORY_MAX_KB MEMORY_SANITIZED_KB
#else
#define MEMORY_MAX_KB MEMORY_KB
#endif

static const char *state_of(const json_t *node)
{
	const char *state = json_string_value(json_object_get(node, "state"));

	return state ? state : "";
}

static bool is_state(const json_t *node, const char *state)
{
	return !strcmp(state_of(node), state);
}

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void call_node(struct quiet *quiet, const char *cmd, const json_t *node)
{
	json_decref(client_call(quiet->client, cmd,
				json_pack("{s:I}", "node", number(node, "node")), LIMIT_S));
}

/*
 * True if the node has settled, that is, is running or lost. Thaws a frozen node, so that it can
 * settle.
 */
static bool settled(struct quiet *quiet, const json_t *node)
{
	if (is_state(node, "running") || is_state(node, "lost"))
		return true;
	if (is_state(node, "frozen"))
		call_node(quiet, "thaw", node);
	return false;
}

static json_t *ask_nodes(struct quiet *quiet)
{
	json_t *answer = client_call(quiet->client, "nodes", NULL, LIMIT_S);
	json_t *nodes = json_incref(json_object_get(answer, "nodes"));

	json_decref(answer);
	return nodes;
}

static const json_t *parent_of(const json_t *nodes, const json_t *node)
{
	const json_t *parent = json_object_get(node, "parent"), *other;
	size_t i;

	json_array_foreach(
	    nodes, i, other) if (json_is_integer(parent) &&
				 json_equal(json_object_get(other, "node"), parent)) return other;
	return NULL;
}

/*
 * Returns the nearest ancestor that is not running, or the node itself if all ancestors are
 * running.
 */
static const json_t *hangs_on(const json_t *nodes, const json_t *node)
{
	const json_t *above = node;

	while ((above = parent_of(nodes, above)))
		if (!is_state(above, "running"))
			return above;
	return node;
}

/*
 * Breaks PROOF_SETTLES. The text names the node that does not settle, its nearest ancestor that is
 * not running, and the kernel's state of that ancestor's process.
 */
static void tell_unsettled(struct quiet *quiet, const json_t *nodes, const json_t *node)
{
	const json_t *above = hangs_on(nodes, node);
	struct proc_stat stat;

	proc_stat_read((pid_t)number(above, "pid"), &stat);
	proof_breaks(quiet->proofs, PROOF_SETTLES,
		     "node %lld stays %s; node %lld is %s, its process %lld \"%s\" is in state %c",
		     (long long)number(node, "node"), state_of(node),
		     (long long)number(above, "node"), state_of(above),
		     (long long)number(above, "pid"), stat.name, stat.state);
}

/* Waits until every node is running or lost. Breaks the proof after LIMIT_S seconds. */
static void settle(struct quiet *quiet)
{
	int64_t begin_ns = clock_ns(), now_ns = begin_ns;
	bool all = false;
	json_t *node;
	size_t i;

	while (!all && now_ns < begin_ns + LIMIT_S * NS_PER_S) {
		json_t *nodes = ask_nodes(quiet);
		bool last;

		now_ns = clock_ns();
		last = now_ns >= begin_ns + LIMIT_S * NS_PER_S;
		all = nodes != NULL;
		json_array_foreach(nodes, i, node)
		{
			if (settled(quiet, node))
				continue;
			all = false;
			if (last)
				tell_unsettled(quiet, nodes, node);
		}
		json_decref(nodes);
		client_take(quiet->client, all ? 0 : PAUSE_MS);
	}
	proof_holds(quiet->proofs, PROOF_SETTLES);
}

/*
 * Returns the first node whose `available` does not match whether it answered a ping, or NULL if
 * all match. Counts the available nodes.
 */
static const json_t *mistaken(const json_t *nodes, const json_t *answered, size_t *available)
{
	const json_t *node, *other, *found = NULL;
	size_t i, j;

	*available = 0;
	json_array_foreach(nodes, i, node)
	{
		bool wanted = json_is_true(json_object_get(node, "available")), is = false;

		json_array_foreach(answered, j, other) is |=
		    json_equal(other, json_object_get(node, "node"));
		*available += wanted;
		if (is != wanted && !found)
			found = node;
	}
	return found;
}

/* Checks that exactly the available nodes answer a ping. */
static void ping(struct quiet *quiet)
{
	int64_t deadline_ns = clock_ns() + LIMIT_S * NS_PER_S;
	const json_t *node = NULL;
	size_t available;
	bool late;

	do {
		json_t *nodes = ask_nodes(quiet);
		json_t *answer = client_call(quiet->client, "ping", NULL, LIMIT_S);

		late = clock_ns() >= deadline_ns;
		node = mistaken(nodes, json_object_get(answer, "answered"), &available);
		if (node && late)
			proof_breaks(quiet->proofs, PROOF_SETTLES,
				     "node %lld, %s, is %savailable, but a ping says otherwise",
				     (long long)number(node, "node"), state_of(node),
				     json_is_true(json_object_get(node, "available")) ? "" : "un");
		else if (!node)
			printf("# quiet: of %zu nodes %zu are available\n", json_array_size(nodes),
			       available);
		json_decref(answer);
		json_decref(nodes);
	} while (node && !late);
	proof_holds(quiet->proofs, PROOF_SETTLES);
}

static void agree(struct quiet *quiet)
{
	int64_t deadline_ns = clock_ns() + LIMIT_S * NS_PER_S;
	char text[CENSUS_TEXT_BYTES] = "";
	bool agrees = false;

	while (!agrees && clock_ns() < deadline_ns) {
		json_t *nodes = ask_nodes(quiet);

		agrees = census_agrees(nodes, quiet->tree->launcher, quiet->links, text);
		json_decref(nodes);
		client_take(quiet->client, agrees ? 0 : PAUSE_MS);
	}
	if (agrees)
		proof_holds(quiet->proofs, PROOF_KERNEL);
	else
		proof_breaks(quiet->proofs, PROOF_KERNEL, "%s", text);
}

void quiet_look(struct quiet *quiet)
{
	load_cancel_all(quiet->load);
	client_drain(quiet->client, LIMIT_S);
	json_decref(
	    client_call(quiet->client, "heartbeat", json_pack("{s:i}", "ms", 200), LIMIT_S));
	settle(quiet);
	ping(quiet);
	agree(quiet);
}

static void remove_all(struct quiet *quiet)
{
	json_t *nodes;

	json_decref(client_call(quiet->client, "remove",
				json_pack("{s:[[i,i]]}", "ids", 0, LOAD_IDS), LIMIT_S));
	nodes = ask_nodes(quiet);
	if (json_array_size(nodes))
		proof_breaks(quiet->proofs, PROOF_EMPTY, "%zu nodes stay", json_array_size(nodes));
	json_decref(nodes);
	memset(quiet->load->frozen, 0, sizeof(quiet->load->frozen));
	agree(quiet);
}

void quiet_begin(struct quiet *quiet)
{
	remove_all(quiet);
	census_usage(quiet->tree->launcher, &quiet->launcher);
	census_usage(quiet->tree->controller, &quiet->controller);
	quiet->controller_pid = quiet->tree->controller;
}

/*
 * True if the process has as many files and threads as before. If the process has fewer files,
 * lowers the expected number: at the first count, connections were still being closed.
 */
static bool is_back(struct quiet *quiet, const char *who, pid_t pid, struct usage *was, bool tell)
{
	struct usage is;

	census_usage(pid, &is);
	if (is.files < was->files && is.files >= 0)
		was->files = is.files;
	if (is.files == was->files && is.threads == was->threads)
		return true;
	if (tell)
		proof_breaks(quiet->proofs, PROOF_EMPTY,
			     "the %s has %ld files and %ld threads; it had %ld and %ld", who,
			     is.files, is.threads, was->files, was->threads);
	return false;
}

static void compare_memory(struct quiet *quiet, const char *who, pid_t pid, const struct usage *was)
{
	struct usage is;

	census_usage(pid, &is);
	printf("# the %s: %ld files, %ld threads, %ld kB, which were %ld kB\n", who, is.files,
	       is.threads, is.rss_kb, was->rss_kb);
	proof_holds(quiet->proofs, PROOF_MEMORY);
	if (is.rss_kb > was->rss_kb + MEMORY_MAX_KB)
		proof_breaks(quiet->proofs, PROOF_MEMORY, "the %s has %ld kB, it had %ld kB", who,
			     is.rss_kb, was->rss_kb);
}

void quiet_compare(struct quiet *quiet)
{
	int64_t deadline_ns = clock_ns() + LIMIT_S * NS_PER_S;
	pid_t launcher = quiet->tree->launcher, controller = quiet->tree->controller;
	bool late = false, back = false;

	remove_all(quiet);
	/* Wait: the controller closes connections of killed clients some time after their death. */
	while (!back && !late) {
		late = clock_ns() >= deadline_ns;
		back = is_back(quiet, "launcher", launcher, &quiet->launcher, late) &&
		       is_back(quiet, "controller", controller, &quiet->controller, late);
		client_take(quiet->client, back ? 0 : PAUSE_MS);
	}
	proof_holds(quiet->proofs, PROOF_EMPTY);
	compare_memory(quiet, "launcher", launcher, &quiet->launcher);
	if (controller == quiet->controller_pid)
		compare_memory(quiet, "controller", controller, &quiet->controller);
	else
		census_usage(controller, &quiet->controller);
	quiet->controller_pid = controller;
}
