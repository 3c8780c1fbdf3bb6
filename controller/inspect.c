#include "controller/inspect.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/caps.h"
#include "controller/daemon.h"
#include "controller/intrusion.h"
#include "controller/limit.h"
#include "controller/members.h"
#include "controller/profile.h"
#include "controller/roll.h"
#include "controller/uids.h"
#include "controller/usage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

static bool takes_nothing(struct daemon *daemon, const struct asker *asker, const char *command,
			  const json_t *request)
{
	if (!json_object_size(request))
		return true;
	api_refuse(&daemon->api, asker, -EINVAL, "%s takes no members", command);
	return false;
}

/* False when the node's init may have exited: its pid may belong to another process by now. */
static bool has_processes(const struct node *node)
{
	return node->pid > 0 && node->state != NODE_LOST && node->state != NODE_REMOVED &&
	       node->state != NODE_RESTARTING;
}

/* Returns the usage of all nodes; NULL and *count 0 if the usage cannot be read. */
static struct usage *read_usages(const struct daemon *daemon, size_t *count)
{
	autofree struct usage *usages = calloc(daemon->tree.count + 1, sizeof(*usages));
	size_t found = 0;

	*count = 0;
	if (!usages)
		return NULL;
	for (const struct node *node = tree_walk(daemon->tree.root); node; node = node->walk)
		if (has_processes(node))
			usages[found++].pid = node->pid;
	if (usage_read("/proc", usages, found, NULL) < 0)
		return NULL;
	*count = found;
	return steal_ptr(&usages);
}

static void add_usage(json_t *body, const struct usage *usage)
{
	json_object_set_new(body, "rss_bytes",
			    usage ? json_integer(usage->rss_bytes) : json_null());
	json_object_set_new(body, "cpu_ms", usage ? json_integer(usage->cpu_ms) : json_null());
}

/*
 * Returns how long ago the node was last heard, or JSON null. A node's heartbeats go only to its
 * parent, which reports the time in the roll call. The controller itself knows the time of the
 * root.
 */
static json_t *last_beat(const struct daemon *daemon, const struct node *node, struct roll *roll,
			 int64_t now_ns)
{
	const struct roll_entry *entry = roll ? roll_find(roll, node->id) : NULL;
	int64_t heard_ms = entry ? entry->value : ROLL_UNKNOWN;

	if (!node->parent && daemon->root_heard_ns > node->since_ns)
		heard_ms = (now_ns - daemon->root_heard_ns) / NS_PER_MS;
	return heard_ms == ROLL_UNKNOWN ? json_null() : json_integer(heard_ms);
}

static json_t *pack_node(const struct node *node, int64_t now_ns)
{
	json_t *parent = node->parent ? json_integer(node->parent->id) : json_null();

	return json_pack("{s:I, s:o, s:s, s:b, s:I, s:I}", "node", (json_int_t)node->id, "parent",
			 parent, "state", state_name(node->state), "available", node->available,
			 "pid", (json_int_t)node->pid, "uptime_ms",
			 (json_int_t)((now_ns - node->since_ns) / NS_PER_MS));
}

/*
 * Packs all nodes. `roll` tells when each node was last heard. NULL: only the root's time is known.
 */
static json_t *pack_nodes(struct daemon *daemon, bool wants_usage, struct roll *roll)
{
	int64_t now_ns = clock_ns();
	json_t *nodes = json_array();
	size_t count = 0;
	autofree struct usage *usages = wants_usage ? read_usages(daemon, &count) : NULL;

	for (const struct node *node = tree_walk(daemon->tree.root); node; node = node->walk) {
		json_t *body = pack_node(node, now_ns);

		if (wants_usage) {
			add_usage(body, has_processes(node) ? usage_find(usages, count, node->pid)
							    : NULL);
			json_object_set_new(body, "last_beat_ms",
					    last_beat(daemon, node, roll, now_ns));
			json_object_set_new(body, "limits", limit_pack(&node->limits));
		}
		json_array_append_new(nodes, body);
	}
	return nodes;
}

static void take_heard(struct daemon *daemon, struct roll *roll, struct wire_reader *body)
{
	uint32_t count = 0, members;
	uint64_t child, ms;

	(void)daemon;
	wire_get_array(body, &count);
	for (uint32_t i = 0; i < count; i++) {
		struct roll_entry *entry;

		if (!wire_get_array(body, &members) || members != 2 ||
		    !wire_get_uint(body, &child) || !wire_get_uint(body, &ms) ||
		    child > WIRE_NODE_MAX || ms > INT64_MAX)
			return;
		entry = roll_find(roll, (uint32_t)child);
		if (entry)
			entry->value = (int64_t)ms;
	}
}

static void answer_heard(struct daemon *daemon, const struct asker *asker, struct roll *roll)
{
	api_answer(&daemon->api, asker,
		   json_pack("{s:o}", "nodes", pack_nodes(daemon, true, roll)));
}

static const struct roll_kind heard_kind = {
    .op = OP_HEARD, .take = take_heard, .answer = answer_heard};

void inspect_nodes_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	int wants_usage = false, wants_beats = false;
	struct err err;

	if (members_take(request, &err, "{s?b, s?b}", "usage", &wants_usage, "beats",
			 &wants_beats) < 0)
		api_error(&daemon->api, asker, &err);
	else if (wants_beats)
		roll_call(daemon, asker, &heard_kind);
	else
		api_answer(&daemon->api, asker,
			   json_pack("{s:o}", "nodes", pack_nodes(daemon, wants_usage, NULL)));
}

/*
 * Returns the two addresses of the node's edge to its parent: the node's end, and the parent's end.
 */
static json_t *pack_edge(const struct daemon *daemon, const struct node *node)
{
	char own[INET_ADDRSTRLEN], parents[INET_ADDRSTRLEN];
	struct in_addr child = edge_child_addr(&daemon->edges, node->edge);
	struct in_addr parent = edge_parent_addr(&daemon->edges, node->edge);

	inet_ntop(AF_INET, &child, own, sizeof(own));
	inet_ntop(AF_INET, &parent, parents, sizeof(parents));
	return json_pack("{s:s, s:s}", "own", own, "parent", parents);
}

/* Returns the name of the nodes' image. NULL: the nodes are plain processes of the host. */
static const char *image_of(const struct daemon *daemon)
{
	if (!daemon->launcher.isolated)
		return NULL;
	return *daemon->launcher.image ? daemon->launcher.image : "host";
}

/* Adds the user and group id that the node's root user has on the host. */
static void add_ids(json_t *body, const struct node *node)
{
	uint32_t uid, gid;
	bool known = has_processes(node) && uids_of("/proc", node->pid, &uid, &gid);

	json_object_set_new(body, "uid", known ? json_integer(uid) : json_null());
	json_object_set_new(body, "gid", known ? json_integer(gid) : json_null());
}

static void add_all(const struct daemon *daemon, const struct node *node, json_t *body,
		    int64_t now_ns)
{
	struct usage usage = {.pid = node->pid};
	json_t *children = json_array();

	for (const struct node *child = node->child; child; child = child->sibling)
		json_array_append_new(children, json_integer(child->id));
	json_object_set_new(body, "children", children);
	json_object_set_new(body, "addresses", pack_edge(daemon, node));
	json_object_set_new(body, "limits", limit_pack(&node->limits));
	add_ids(body, node);
	json_object_set_new(body, "seccomp",
			    daemon->launcher.isolated
				? json_string(profile_kind(daemon->rundir.path))
				: json_null());
	json_object_set_new(body, "capabilities", caps_pack(node->limits.caps));
	json_object_set_new(body, "restarted", json_integer(node->restarted));
	json_object_set_new(body, "heartbeat_ms", json_integer(daemon->beat_ms));
	json_object_set_new(body, "image",
			    image_of(daemon) ? json_string(image_of(daemon)) : json_null());
	if (has_processes(node))
		usage_read("/proc", &usage, 1, NULL);
	add_usage(body, usage.known ? &usage : NULL);
	json_object_set_new(body, "last_beat_ms", last_beat(daemon, node, NULL, now_ns));
}

void inspect_node_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	const struct node *node = NULL;
	int64_t now_ns = clock_ns();
	struct err err;
	json_int_t id;
	json_t *body;

	if (members_take(request, &err, "{s:I}", "node", &id) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	if (id >= 0 && id <= WIRE_NODE_MAX)
		node = tree_find(&daemon->tree, (uint32_t)id);
	if (!node) {
		api_refuse(&daemon->api, asker, -ENOENT, "Not found");
		return;
	}
	body = pack_node(node, now_ns);
	if (body)
		add_all(daemon, node, body, now_ns);
	api_answer(&daemon->api, asker, body);
}

void inspect_info_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	if (!takes_nothing(daemon, asker, "info", request))
		return;
	intrusion_look(daemon);
	api_answer(
	    &daemon->api, asker,
	    json_pack(
		"{s:s, s:s?, s:s, s:s?, s:I, s:I, s:I, s:i, s:s, s:o, s:o, s:s?, s:I, s:I, "
		"s:{s:I, s:I, s:I}}",
		"version", BONSAI_VERSION, "tree", daemon->name, "backend",
		daemon->launcher.backend, "image", image_of(daemon), "pid", (json_int_t)getpid(),
		"launcher", (json_int_t)daemon->launcher.pid, "nodes",
		(json_int_t)daemon->tree.count, "heartbeat_ms", daemon->beat_ms, "on_crash",
		crash_name(daemon->on_crash), "limits", limit_pack(&daemon->launcher.limits),
		"capabilities", caps_pack(daemon->launcher.limits.caps), "seccomp",
		daemon->launcher.isolated ? profile_kind(daemon->rundir.path) : NULL, "generation",
		(json_int_t)daemon->launcher.generation, "seq", (json_int_t)daemon->api.seq,
		"trunk", "malformed", (json_int_t)daemon->trunk.malformed, "foreign",
		(json_int_t)daemon->trunk.foreign, "refused", (json_int_t)daemon->trunk.refused));
}

void inspect_events_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct err err;
	json_int_t since;
	bool missed;

	if (members_take(request, &err, "{s:I}", "since", &since) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	if (since < 0 || since > INT64_MAX - 1) {
		api_refuse(&daemon->api, asker, -EINVAL, "since must be the seq of an event, or 0");
		return;
	}
	json_t *events = api_events(&daemon->api, since, &missed);

	api_answer(&daemon->api, asker,
		   json_pack("{s:o, s:b, s:I}", "events", events, "missed", missed, "seq",
			     (json_int_t)daemon->api.seq));
}
