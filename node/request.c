#include "node/request.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "node/detached.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define BEAT_MAX_MS (24 * 60 * 60 * 1000)
#define ENDPOINT_MAX_BYTES 256

static const char *const stat_names[STAT_COUNT] = {
    [STAT_FORWARDED_UP] = "forwarded_up", [STAT_FORWARDED_DOWN] = "forwarded_down",
    [STAT_MALFORMED] = "malformed",	  [STAT_FOREIGN] = "foreign",
    [STAT_UNROUTABLE] = "unroutable",	  [STAT_BEATS_SENT] = "beats_sent",
    [STAT_BEATS_SEEN] = "beats_seen",	  [STAT_STARVED] = "starved",
    [STAT_REFUSED] = "refused",		  [STAT_PROGRAMS] = "programs",
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
 * The handlers of the operations. `reader` is positioned after the operation's number. If the
 * arguments do not parse, a handler returns false and has done nothing.
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
 * Reads an array of strings as C strings in one block of memory: the pointers first, then the
 * strings. Returns NULL if the array does not parse, a string contains a NUL, or memory is short.
 */
static char **read_words(struct wire_reader *reader)
{
	autofree char **words = NULL;
	uint32_t count;
	char *word;

	if (!wire_get_array(reader, &count))
		return NULL;
	/*
	 * `count` is at most the number of octets left, so the body's size bounds this allocation.
	 */
	words = malloc((count + 1) * sizeof(*words) + (size_t)(reader->end - reader->at) + count);
	if (!words)
		return NULL;
	word = (char *)(words + count + 1);
	for (uint32_t i = 0; i < count; i++) {
		const char *str;
		size_t len;

		if (!wire_get_str(reader, &str, &len) || memchr(str, 0, len))
			return NULL;
		words[i] = word;
		memcpy(word, str, len);
		word[len] = 0;
		word += len + 1;
	}
	words[count] = NULL;
	return steal_ptr(&words);
}

static bool read_path(struct wire_reader *reader, char path[PATH_MAX])
{
	const char *str;
	size_t len;

	if (!wire_get_str(reader, &str, &len) || !len || *str != '/' || len >= PATH_MAX ||
	    memchr(str, 0, len))
		return false;
	memcpy(path, str, len);
	path[len] = 0;
	return true;
}

static bool read_size(struct wire_reader *reader, uint16_t *rows, uint16_t *columns)
{
	uint64_t wide_rows, wide_columns;

	if (!wire_get_uint(reader, &wide_rows) || !wire_get_uint(reader, &wide_columns) ||
	    wide_rows > UINT16_MAX || wide_columns > UINT16_MAX)
		return false;
	*rows = (uint16_t)wide_rows;
	*columns = (uint16_t)wide_columns;
	return true;
}

/* Reads the members of a run request that follow argv and environment. */
static bool read_run(struct wire_reader *reader, char path[PATH_MAX], struct program_spec *spec)
{
	struct spawn_spec *spawn = &spec->spawn;
	uint64_t flags;

	if (!read_path(reader, path) || !wire_get_uint(reader, &flags) ||
	    !wire_get_uint(reader, &spec->window) ||
	    !read_size(reader, &spawn->rows, &spawn->columns) || !wire_reader_done(reader) ||
	    (flags & ~(uint64_t)(RUN_INPUT | RUN_TERMINAL | RUN_DETACHED)) ||
	    ((flags & RUN_DETACHED) && (flags & ~(uint64_t)RUN_DETACHED)))
		return false;
	spawn->dir = path;
	spawn->input = flags & RUN_INPUT;
	spawn->terminal = flags & RUN_TERMINAL;
	spec->detached = flags & RUN_DETACHED;
	return true;
}

static void run(struct agent *agent, const struct program_spec *spec)
{
	int rc = programs_start(&agent->programs, &agent->uplink, spec);

	if (rc == 0)
		agent->stat[STAT_PROGRAMS]++;
	else if (rc == -EAGAIN)
		uplink_error(&agent->uplink, spec->request, EAGAIN, "too many programs");
	else
		uplink_error(&agent->uplink, spec->request, -rc, "start %.64s: %s",
			     spec->spawn.argv[0], strerror(-rc));
}

static bool op_run(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	struct program_spec spec = {.request = request};
	autofree char **argv = read_words(reader);
	autofree char **env = argv && *argv ? read_words(reader) : NULL;
	char path[PATH_MAX];

	if (!env || !read_run(reader, path, &spec))
		return false;
	for (char **variable = env; *variable; variable++)
		if (**variable == '=' || !strchr(*variable, '='))
			return false;
	spec.spawn.argv = argv;
	spec.spawn.env = env;
	run(agent, &spec);
	return true;
}

static bool op_logs(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	uint64_t pid, from;

	if (!wire_get_uint(reader, &pid) || !wire_get_uint(reader, &from) ||
	    !wire_reader_done(reader))
		return false;
	detached_tell_log(&agent->programs, &agent->uplink, request, pid, from);
	return true;
}

static bool op_programs(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	if (!wire_reader_done(reader))
		return false;
	detached_tell(&agent->programs, &agent->uplink, request);
	return true;
}

static bool read_interval(struct wire_reader *reader, uint64_t *ms)
{
	return wire_get_uint(reader, ms) && *ms > 0 && *ms <= BEAT_MAX_MS &&
	       wire_reader_done(reader);
}

static void set_interval(struct agent *agent, uint64_t ms)
{
	int64_t before_ns = agent->interval_ns, now_ns = clock_ns();

	agent->interval_ns = (int64_t)ms * NS_PER_MS;
	/*
	 * The parent may already use the new interval, so send a heartbeat at once. The children
	 * may still use the old interval: until a child is heard again, its deadline uses the
	 * longer of the two intervals.
	 */
	agent->next_beat_ns = now_ns;
	for (size_t i = 0; i < agent->edges; i++)
		watch_restart(&agent->edge[i]->watch, now_ns,
			      before_ns > agent->interval_ns ? before_ns : agent->interval_ns);
}

static bool op_beat(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	uint64_t ms;

	if (!read_interval(reader, &ms))
		return false;
	set_interval(agent, ms);
	reply_empty(agent, request);
	return true;
}

static bool op_attach(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	struct wire_body body = WIRE_BODY_INIT;
	uint32_t silent = 0;
	uint64_t ms;

	if (!read_interval(reader, &ms))
		return false;
	programs_end(&agent->programs);
	for (size_t i = 0; i < agent->edges; i++)
		silent += agent->edge[i]->watch.state == WATCH_SILENT;
	wire_put_array(&body, silent);
	for (size_t i = 0; i < agent->edges; i++)
		if (agent->edge[i]->watch.state == WATCH_SILENT)
			wire_put_uint(&body, agent->edge[i]->child);
	set_interval(agent, ms);
	reply(agent, request, &body);
	return true;
}

static bool op_stats(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	struct wire_body body = WIRE_BODY_INIT;

	if (!wire_reader_done(reader))
		return false;
	for (size_t i = 0; i < agent->edges; i++)
		gate_count(&agent->edge[i]->gate, &agent->stat[STAT_REFUSED]);
	wire_put_array(&body, STAT_COUNT);
	for (size_t i = 0; i < STAT_COUNT; i++) {
		wire_put_array(&body, 2);
		wire_put_str(&body, stat_names[i]);
		wire_put_uint(&body, agent->stat[i]);
	}
	reply(agent, request, &body);
	return true;
}

static bool op_heard(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	struct wire_body body = WIRE_BODY_INIT;
	int64_t now_ns = clock_ns();
	uint32_t heard = 0;

	if (!wire_reader_done(reader))
		return false;
	for (size_t i = 0; i < agent->edges; i++)
		heard += agent->edge[i]->watch.heard_ns != 0;
	wire_put_array(&body, heard);
	for (size_t i = 0; i < agent->edges; i++) {
		const struct watch *watch = &agent->edge[i]->watch;

		if (!watch->heard_ns)
			continue;
		wire_put_array(&body, 2);
		wire_put_uint(&body, agent->edge[i]->child);
		wire_put_uint(&body, (uint64_t)(now_ns - watch->heard_ns) / NS_PER_MS);
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
    [OP_BEAT] = {"beat", 2, op_beat},
    [OP_STATS] = {"stats", 1, op_stats},
    [OP_ATTACH] = {"attach", 2, op_attach},
    [OP_RUN] = {"run", 8, op_run},
    [OP_LOGS] = {"logs", 3, op_logs},
    [OP_PROGRAMS] = {"programs", 1, op_programs},
    [OP_HEARD] = {"heard", 1, op_heard},
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

	/* The child may have been restarted: drop the routes and the edge of its predecessor. */
	unlink_child(agent, child);
	/*
	 * Drop another child that has this endpoint. That child has ended, but the controller that
	 * knew this died before it sent DISCONNECT.
	 */
	for (size_t i = 0; i < agent->edges; i++)
		if (edge_is_at(agent->edge[i], endpoint))
			unlink_child(agent, agent->edge[i--]->child);
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
	/* On success send no reply: the child's READY shows it. */
	if (link_child(agent, msg->header.source, endpoint, &err) < 0)
		uplink_error(&agent->uplink, request, -err.code, "%s", err.text);
}

void request_disconnect(struct agent *agent, struct msg *msg)
{
	unlink_child(agent, msg->header.source);
	routes_forget(&agent->routes, msg->header.source);
}

/*
 * The handlers of messages to a running program. They send no reply: it would have the request
 * number of the program's run, and look like a reply of the program. A handler returns false if the
 * body does not parse.
 */
static bool take_credit(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	uint64_t chunks;

	if (!wire_get_uint(reader, &chunks) || !wire_reader_done(reader))
		return false;
	programs_credit(&agent->programs, request, chunks);
	return true;
}

static bool take_input(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	const void *data;
	size_t len;

	if (!wire_get_bin(reader, &data, &len) || !wire_reader_done(reader) ||
	    len > WIRE_CHUNK_MAX_BYTES)
		return false;
	/* If a piece of input is lost, the rest is useless: kill the program. */
	if (programs_input(&agent->programs, request, data, len) < 0)
		programs_credit(&agent->programs, request, 0);
	return true;
}

static bool take_signal(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	uint64_t number;

	if (!wire_get_uint(reader, &number) || !wire_reader_done(reader) || number < 1 ||
	    number >= NSIG)
		return false;
	programs_signal(&agent->programs, request, (int)number);
	return true;
}

static bool take_resize(struct agent *agent, uint64_t request, struct wire_reader *reader)
{
	uint16_t rows, columns;

	if (!read_size(reader, &rows, &columns) || !wire_reader_done(reader))
		return false;
	programs_resize(&agent->programs, request, rows, columns);
	return true;
}

static const struct {
	uint32_t members;
	bool (*take)(struct agent *agent, uint64_t request, struct wire_reader *reader);
} steers[] = {
    [WIRE_CREDIT] = {1, take_credit},
    [WIRE_INPUT] = {1, take_input},
    [WIRE_SIGNAL] = {1, take_signal},
    [WIRE_RESIZE] = {2, take_resize},
};

void request_steer(struct agent *agent, struct msg *msg)
{
	struct wire_reader reader = msg_reader(msg);
	uint32_t members;

	if (!wire_get_array(&reader, &members) || members != steers[msg->header.type].members ||
	    !steers[msg->header.type].take(agent, msg->header.request, &reader))
		agent->stat[STAT_MALFORMED]++;
}
