#include "node/request.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BEAT_MAX_MS (24 * 60 * 60 * 1000)
#define ENDPOINT_MAX_BYTES 256

static const char *const stat_names[STAT_COUNT] = {
    [STAT_FORWARDED_UP] = "forwarded_up", [STAT_FORWARDED_DOWN] = "forwarded_down",
    [STAT_MALFORMED] = "malformed",	  [STAT_FOREIGN] = "foreign",
    [STAT_UNROUTABLE] = "unroutable",	  [STAT_BEATS_SENT] = "beats_sent",
    [STAT_BEATS_SEEN] = "beats_seen",	  [STAT_STARVED] = "starved",
    [STAT_PROGRAMS] = "programs",
};

static void reply(struct agent *agent, uint64_t request, struct wire_body *body)
{
	uplink_say(&agent->uplink, WIRE_REPLY, 0, request, body);
}

static void reply_empty(struct agent *agent, uint64_t request)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 0);
	reply(agent, request, &body);
}

static void reply_timer(struct agent *agent, uint64_t request)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_uint(&body, timer_ms(&agent->timer, clock_ns()));
	reply(agent, request, &body);
}

/*
 * Handlers of operations: `reader` stands after the operation's number. Each returns
 * false, having done nothing, when its arguments do not read.
 */
static bool op_ping(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	if (!wire_reader_done(reader))
		return false;
	reply_empty(agent, request);
	return true;
}

static bool op_timer_start(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	if (!wire_reader_done(reader))
		return false;
	timer_start(&agent->timer, clock_ns());
	reply_timer(agent, request);
	return true;
}

static bool op_timer_stop(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	if (!wire_reader_done(reader))
		return false;
	timer_stop(&agent->timer, clock_ns());
	reply_timer(agent, request);
	return true;
}

static bool op_timer_time(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	if (!wire_reader_done(reader))
		return false;
	reply_timer(agent, request);
	return true;
}

/*
 * The words of an argv, as C strings in one block: pointers first, then the words.
 * NULL when they do not read, hold a NUL, or memory is out.
 */
static char **read_argv(struct wire_reader *reader)
{
	autofree char **argv = NULL;
	uint32_t count;
	char *word;

	if (!wire_get_array(reader, &count) || count == 0)
		return NULL;
	/* count is no more than the octets left, so this is bounded by the body. */
	argv = malloc((count + 1) * sizeof(*argv) + (size_t)(reader->end - reader->at) + count);
	if (!argv)
		return NULL;
	word = (char *)(argv + count + 1);
	for (uint32_t i = 0; i < count; i++) {
		const char *str;
		size_t len;

		if (!wire_get_str(reader, &str, &len) || memchr(str, 0, len))
			return NULL;
		argv[i] = word;
		memcpy(word, str, len);
		word[len] = 0;
		word += len + 1;
	}
	argv[count] = NULL;
	return steal_ptr(&argv);
}

static bool op_exec(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	autofree char **argv = read_argv(reader);
	uint64_t window;
	int rc;

	if (!argv || !wire_get_uint(reader, &window) || !wire_reader_done(reader))
		return false;
	rc = programs_start(&agent->programs, &agent->uplink, request, argv, window);
	if (rc == 0)
		agent->stat[STAT_PROGRAMS]++;
	else if (rc == -EAGAIN)
		uplink_error(&agent->uplink, request, EAGAIN, "too many programs");
	else
		uplink_error(&agent->uplink, request, -rc, "start %.64s: %s", argv[0],
			     strerror(-rc));
	return true;
}

static bool op_beat(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	int64_t before_ns = agent->interval_ns, now_ns = clock_ns();
	uint64_t ms;

	if (!wire_get_uint(reader, &ms) || ms == 0 || ms > BEAT_MAX_MS || !wire_reader_done(reader))
		return false;
	agent->interval_ns = (int64_t)ms * NS_PER_MS;
	/*
	 * The parent may count by the new interval already, so beat at once. The children
	 * may not know of it yet: until they are heard, the longer of both counts.
	 */
	agent->next_beat_ns = now_ns;
	for (size_t i = 0; i < agent->edges; i++)
		watch_restart(&agent->edge[i]->watch, now_ns,
			      before_ns > agent->interval_ns ? before_ns : agent->interval_ns);
	reply_empty(agent, request);
	return true;
}

static bool op_stats(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	struct wire_body body = WIRE_BODY_INIT;

	if (!wire_reader_done(reader))
		return false;
	wire_put_array(&body, STAT_COUNT);
	for (size_t i = 0; i < STAT_COUNT; i++) {
		wire_put_array(&body, 2);
		wire_put_str(&body, stat_names[i]);
		wire_put_uint(&body, agent->stat[i]);
	}
	reply(agent, request, &body);
	return true;
}

static const struct {
	const char *name;
	uint32_t members;
	bool (*run)(struct agent *agent, uint64_t request, struct wire_reader *reader);
} ops[] = {
    [OP_PING] = {"ping", 1, op_ping},
    [OP_TIMER_START] = {"timer start", 1, op_timer_start},
    [OP_TIMER_STOP] = {"timer stop", 1, op_timer_stop},
    [OP_TIMER_TIME] = {"timer time", 1, op_timer_time},
    [OP_EXEC] = {"exec", 3, op_exec},
    [OP_BEAT] = {"beat", 2, op_beat},
    [OP_STATS] = {"stats", 1, op_stats},
};

void request_own(struct agent *agent, struct msg *msg)
{
	struct wire_reader reader = msg_reader(msg);
	uint64_t request = msg->header.request, op;
	uint32_t members;

	if (!wire_get_array(&reader, &members) || !wire_get_uint(&reader, &op))
		uplink_error(&agent->uplink, request, EINVAL, "malformed request");
	else if (op >= ARRAY_SIZE(ops) || !ops[op].run)
		uplink_error(&agent->uplink, request, EINVAL, "unknown operation %" PRIu64, op);
	else if (members != ops[op].members || !ops[op].run(agent, request, &reader))
		uplink_error(&agent->uplink, request, EINVAL, "malformed %s request", ops[op].name);
}

static void unlink_child(struct agent *agent, uint32_t child)
{
	for (size_t i = 0; i < agent->edges; i++) {
		struct edge *edge = agent->edge[i];

		if (edge->child != child)
			continue;
		routes_forget_edge(&agent->routes, edge);
		edge_close(edge);
		agent->edge[i] = agent->edge[--agent->edges];
		return;
	}
}

static int link_child(struct agent *agent, uint32_t child, const char *endpoint, struct err *err)
{
	struct edge **grown, *edge;
	int rc;

	/* A child made anew: nothing of its forerunner may count as its own. */
	unlink_child(agent, child);
	grown = reallocarray(agent->edge, agent->edges + 1, sizeof(struct edge *));
	if (!grown)
		return err_errno(err, -ENOMEM, "link node %u", child);
	agent->edge = grown;
	rc = edge_open(&edge, agent->context, child, endpoint, err);
	if (rc < 0)
		return rc;
	rc = routes_add(&agent->routes, child, agent->id, edge);
	if (rc < 0) {
		edge_close(edge);
		return err_errno(err, rc, "link node %u", child);
	}
	agent->edge[agent->edges++] = edge;
	return 0;
}

void request_link(struct agent *agent, struct msg *msg)
{
	struct wire_reader reader = msg_reader(msg);
	char endpoint[ENDPOINT_MAX_BYTES];
	uint64_t request = msg->header.request;
	struct err err = {0};
	const char *str;
	uint32_t members;
	size_t len;

	if (!wire_get_array(&reader, &members) || members != 1 ||
	    !wire_get_str(&reader, &str, &len) || !wire_reader_done(&reader) ||
	    len >= sizeof(endpoint) || memchr(str, 0, len) || msg->header.source > WIRE_NODE_MAX) {
		uplink_error(&agent->uplink, request, EINVAL, "malformed LINK");
		return;
	}
	memcpy(endpoint, str, len);
	endpoint[len] = 0;
	/* That it worked is told by the child's READY. */
	if (link_child(agent, msg->header.source, endpoint, &err) < 0)
		uplink_error(&agent->uplink, request, -err.code, "%s", err.text);
}

void request_disconnect(struct agent *agent, struct msg *msg)
{
	unlink_child(agent, msg->header.source);
	routes_forget(&agent->routes, msg->header.source);
}

void request_credit(struct agent *agent, struct msg *msg)
{
	struct wire_reader reader = msg_reader(msg);
	uint32_t members;
	uint64_t chunks;

	if (wire_get_array(&reader, &members) && members == 1 && wire_get_uint(&reader, &chunks) &&
	    wire_reader_done(&reader))
		programs_credit(&agent->programs, msg->header.request, chunks);
	else
		agent->stat[STAT_MALFORMED]++;
}
