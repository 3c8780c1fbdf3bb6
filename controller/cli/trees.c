#include "controller/cli/trees.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define INFO_LIMIT_NS (2 * NS_PER_S) /* for a controller to say how many nodes it has */

static int said(void)
{
	return fflush(stdout) ? STATUS_REFUSED : 0;
}

int trees_up(const struct session_options *options, char *const *args, size_t count)
{
	struct daemon_spec spec = {.tree = session_tree(options),
				   .backend = session_backend(options),
				   .beat_ms = options->beat_ms,
				   .on_crash = options->on_crash,
				   .image = options->image,
				   .limits = options->limits,
				   .seccomp = options->seccomp,
				   .uid_range = options->uid_range,
				   .cap_add = options->cap_add};
	struct rundir_tree tree;
	struct err err;

	(void)args;
	(void)count;
	rundir_find(spec.tree, &tree);
	if (tree.state == RUNDIR_SERVED) {
		fprintf(stderr, "Error: the tree %s is up already (controller %d)\n", spec.tree,
			(int)tree.controller);
		return STATUS_REFUSED;
	}
	spec.held = tree.state == RUNDIR_HELD;
	if (daemon_raise(&spec, -1, &err)) {
		fprintf(stderr, "Error: %s\n", err.text);
		return STATUS_NOT_REACHED;
	}
	if (!options->quiet)
		printf(tree.state == RUNDIR_HELD ? "OK: the tree %s has a controller again\n"
						 : "OK: the tree %s is up\n",
		       spec.tree);
	return said();
}

int trees_down(const struct session_options *options, char *const *args, size_t count)
{
	struct session session;
	struct rundir_tree tree;
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
	printf("OK: the tree %s is down, and nothing of it is left\n", session_tree(options));
	return said();
}

/* How many nodes it has; -1 when it does not say. */
static json_int_t count_nodes(const char *dir)
{
	int64_t deadline_ns = clock_ns() + INFO_LIMIT_NS;
	struct answer answer = {0};
	struct client client;
	json_int_t nodes = -1;
	uint64_t id;
	int rc = client_open(&client, dir, NULL);

	if (rc)
		return -1;
	rc = client_send(&client, json_pack("{s:s}", "cmd", "info"), &id, NULL);
	while (!rc && clock_ns() < deadline_ns) {
		zmq_pollitem_t item = {client.api, -1, ZMQ_POLLIN, 0};

		zmq_poll(&item, 1, clock_ms_until(deadline_ns, 1000));
		rc = client_next(&client, &answer, NULL);
	}
	if (rc == 1 && json_is_integer(json_object_get(answer.body, "nodes")))
		nodes = json_integer_value(json_object_get(answer.body, "nodes"));
	answer_release(&answer);
	client_close(&client);
	return nodes;
}

static void show_one(const struct rundir_tree *tree, bool json)
{
	bool served = tree->state == RUNDIR_SERVED;
	json_int_t nodes = served ? count_nodes(tree->path) : -1;
	const char *state = !served ? "no controller" : nodes < 0 ? "not answering" : "up";
	char count[24] = "-", pid[16] = "-";

	if (json) {
		json_t *body =
		    json_pack("{s:s,s:s,s:s,s:o,s:o}", "tree", tree->name, "state", state, "path",
			      tree->path, "nodes", nodes < 0 ? json_null() : json_integer(nodes),
			      "pid", served ? json_integer(tree->controller) : json_null());
		autofree char *text = json_dumps(body, JSON_COMPACT);

		json_decref(body);
		if (text)
			puts(text);
		return;
	}
	if (nodes >= 0)
		snprintf(count, sizeof(count), "%lld", (long long)nodes);
	if (served)
		snprintf(pid, sizeof(pid), "%d", (int)tree->controller);
	printf("%-*s  %-13s %7s %10s\n", RUNDIR_NAME_MAX / 2, tree->name, state, count, pid);
}

int trees_list(const struct session_options *options, char *const *args, size_t count)
{
	autofree struct rundir_tree *trees = NULL;
	size_t there;
	struct err err;

	(void)args;
	(void)count;
	if (rundir_list(&trees, &there, &err)) {
		fprintf(stderr, "Error: %s\n", err.text);
		return STATUS_REFUSED;
	}
	if (!options->json && !options->quiet)
		printf("%-*s  %-13s %7s %10s\n", RUNDIR_NAME_MAX / 2, "TREE", "STATE", "NODES",
		       "CONTROLLER");
	for (size_t i = 0; i < there; i++)
		show_one(&trees[i], options->json);
	return said();
}
