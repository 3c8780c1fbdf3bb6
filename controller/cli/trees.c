#include "controller/cli/trees.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define INFO_LIMIT_S 2 /* without --timeout: seconds to wait for the controllers' reports */

/* A tree, and the number of nodes that its controller reports; -1: no report. */
struct listed {
	const struct rundir_tree *tree;
	struct client client;
	bool asked;
	json_int_t nodes;
};

static void ask_one(struct listed *one)
{
	uint64_t id;

	one->nodes = -1;
	if (one->tree->state != RUNDIR_SERVED || client_open(&one->client, one->tree->path, NULL))
		return;
	one->asked = !client_send(&one->client, json_pack("{s:s}", "cmd", "info"), &id, NULL);
}

/* Takes the controller's reply if it has come. True: no reply is pending any longer. */
static bool hear_one(struct listed *one)
{
	struct answer answer = {0};
	int rc = one->asked ? client_next(&one->client, &answer, NULL) : -EPROTO;

	if (rc == 1 && json_is_integer(json_object_get(answer.body, "nodes")))
		one->nodes = json_integer_value(json_object_get(answer.body, "nodes"));
	answer_release(&answer);
	one->asked = rc == 0;
	return !one->asked;
}

/*
 * Requests the number of nodes from all controllers at once: several silent controllers delay the
 * list only once.
 */
static void count_nodes(struct listed *list, size_t count, const struct session_options *options)
{
	int64_t limit_s = options->timeout_s ? options->timeout_s : INFO_LIMIT_S;
	int64_t deadline_ns = clock_ns() + limit_s * NS_PER_S;
	autofree zmq_pollitem_t *items = calloc(count + 1, sizeof(*items));
	size_t waiting = items ? count : 0;

	for (size_t i = 0; i < waiting; i++)
		ask_one(&list[i]);
	while (waiting) {
		waiting = 0;
		for (size_t i = 0; i < count; i++)
			if (!hear_one(&list[i]))
				items[waiting++] =
				    (zmq_pollitem_t){list[i].client.api, -1, ZMQ_POLLIN, 0};
		if (clock_ns() >= deadline_ns)
			break;
		if (waiting)
			zmq_poll(items, (int)waiting, clock_ms_until(deadline_ns, 1000));
	}
	for (size_t i = 0; i < count; i++)
		client_close(&list[i].client);
}

static void show_json(struct out *out, const struct listed *one, const char *state)
{
	const struct rundir_tree *tree = one->tree;
	bool served = tree->state == RUNDIR_SERVED;
	json_t *body =
	    json_pack("{s:s,s:s,s:s,s:o,s:o}", "tree", tree->name, "state", state, "path",
		      tree->path, "nodes", one->nodes < 0 ? json_null() : json_integer(one->nodes),
		      "pid", served ? json_integer(tree->controller) : json_null());
	autofree char *text = json_dumps(body, JSON_COMPACT);

	json_decref(body);
	if (text)
		out_line(out, "%s", text);
}

static void show_one(struct out *out, const struct listed *one, bool json)
{
	const struct rundir_tree *tree = one->tree;
	bool served = tree->state == RUNDIR_SERVED;
	const char *state = !served ? "no controller" : one->nodes < 0 ? "not answering" : "up";
	char count[24] = "-", pid[16] = "-";

	if (json) {
		show_json(out, one, state);
		return;
	}
	if (one->nodes >= 0)
		snprintf(count, sizeof(count), "%lld", (long long)one->nodes);
	if (served)
		snprintf(pid, sizeof(pid), "%d", (int)tree->controller);
	out_line(out, "%-*s  %-13s %7s %10s%s", RUNDIR_NAME_MAX / 2, tree->name, state, count, pid,
		 rundir_is_name(tree->name) ? "" : "  (a session's own)");
}

static int say_up_already(const struct rundir_tree *tree)
{
	fprintf(stderr, "Error: the tree %s is up already (controller %d)\n", tree->name,
		(int)tree->controller);
	return STATUS_REFUSED;
}

static int say_up(const struct session_options *options, const char *name, bool again)
{
	struct out out = {0};
	struct rundir_tree tree;
	struct listed one = {.tree = &tree};

	if (options->quiet)
		return 0;
	if (options->json) {
		rundir_find(name, &tree);
		count_nodes(&one, 1, options);
		show_one(&out, &one, true);
	} else {
		out_line(&out,
			 again ? "OK: the tree %s has a controller again" : "OK: the tree %s is up",
			 name);
	}
	return session_print(&out);
}

int trees_up(const struct session_options *options, char *const *args, size_t count)
{
	struct daemon_spec spec = session_spec(options, session_tree(options));
	struct rundir_tree tree;
	struct err err;
	int rc;

	(void)args;
	(void)count;
	rundir_find(spec.tree, &tree);
	if (tree.state == RUNDIR_SERVED)
		return say_up_already(&tree);
	spec.held = tree.state == RUNDIR_HELD;
	rc = daemon_raise(&spec, -1, &err);
	if (!rc)
		return say_up(options, spec.tree, spec.held);
	/*
	 * The start may have failed because another client started a controller for this tree
	 * first.
	 */
	rundir_find(spec.tree, &tree);
	if (rc == -ECONNREFUSED && tree.state == RUNDIR_SERVED)
		return say_up_already(&tree);
	fprintf(stderr, "Error: %s\n", err.text);
	return STATUS_NOT_REACHED;
}

int trees_down(const struct session_options *options, char *const *args, size_t count)
{
	struct session session;
	struct rundir_tree tree;
	struct out out = {0};
	struct err err = {0};
	int status;

	(void)args;
	(void)count;
	rundir_find(session_tree(options), &tree);
	if (tree.state == RUNDIR_FREE) {
		fprintf(stderr, "Error: no tree named %s is up\n", session_tree(options));
		return STATUS_NOT_REACHED;
	}
	if (session_open(&session, options, &err)) {
		if (session.end == SESSION_SIGNALLED)
			return 128 + session.signal;
		fprintf(stderr, "Error: %s\n", err.text);
		return STATUS_NOT_REACHED;
	}
	session.take_down = true;
	session.end = SESSION_EXIT;
	status = session_close(&session);
	if (status || options->quiet)
		return status;
	tree.state = RUNDIR_FREE;
	if (options->json)
		show_json(&out, &(struct listed){.tree = &tree, .nodes = -1}, "down");
	else
		out_line(&out, "OK: the tree %s is down, and nothing of it is left", tree.name);
	return session_print(&out);
}

int trees_list(const struct session_options *options, char *const *args, size_t count)
{
	autofree struct rundir_tree *trees = NULL;
	autofree struct listed *list = NULL;
	struct out out = {0};
	size_t there;
	struct err err;

	(void)args;
	(void)count;
	if (rundir_list(&trees, &there, &err)) {
		fprintf(stderr, "Error: %s\n", err.text);
		return STATUS_REFUSED;
	}
	list = calloc(there + 1, sizeof(*list));
	if (!list) {
		fprintf(stderr, "Error: list the trees: %s\n", strerror(ENOMEM));
		return STATUS_REFUSED;
	}
	for (size_t i = 0; i < there; i++)
		list[i].tree = &trees[i];
	count_nodes(list, there, options);
	if (options->quiet)
		return 0;
	if (!options->json)
		out_line(&out, "%-*s  %-13s %7s %10s", RUNDIR_NAME_MAX / 2, "TREE", "STATE",
			 "NODES", "CONTROLLER");
	for (size_t i = 0; i < there; i++)
		show_one(&out, &list[i], options->json);
	return session_print(&out);
}
