#include "tests/soak/load.h"

#include "base/cleanup.h"
#include "tests/soak/census.h"

#include <stdio.h>
#include <string.h>

#define ENDLESS_MAX 24
#define TOO_LONG 100000 /* octets, more than a request may have */

static uint32_t any_id(struct load *load)
{
	return random_in(load->random, 1, LOAD_IDS);
}

static int any_connection(struct load *load)
{
	return (int)random_in(load->random, 0, CLIENT_CONNECTIONS - 1);
}

/* Sends a request about `node` by a random connection. */
static struct request *ask(struct load *load, const char *cmd, uint32_t node, json_t *members)
{
	struct request *request = client_ask(load->client, any_connection(load), cmd, members);

	if (request)
		request->node = node;
	return request;
}

static void ask_node(struct load *load, const char *cmd)
{
	uint32_t node = any_id(load);

	ask(load, cmd, node, json_pack("{s:I}", "node", (json_int_t)node));
}

static void create(struct load *load)
{
	json_t *ids = json_array();
	uint32_t first = any_id(load);

	for (uint32_t i = random_in(load->random, 1, 6); i > 0; i--)
		json_array_append_new(ids, json_integer(any_id(load)));
	if (random_one_in(load->random, 4))
		json_array_append_new(
		    ids, json_pack("[I,I]", (json_int_t)first,
				   (json_int_t)(first + 9 < LOAD_IDS ? first + 9 : LOAD_IDS)));
	ask(load, "create", first, json_pack("{s:o}", "ids", ids));
}

static void grow(struct load *load)
{
	ask(load, "grow", 0,
	    json_pack("{s:I}", "count", (json_int_t)random_in(load->random, 1, 60)));
}

static void remove_nodes(struct load *load)
{
	uint32_t first = any_id(load);
	json_t *ids = json_pack("[I]", (json_int_t)first);

	if (random_one_in(load->random, 3))
		json_array_append_new(ids, json_integer(any_id(load)));
	ask(load, "remove", first, json_pack("{s:o}", "ids", ids));
}

/*
 * Handles a lost node as an operator does: removes the node and its descendants. Later actions may
 * create it again.
 */
static void repair(struct load *load)
{
	uint32_t node = any_id(load);

	for (uint32_t i = 0; i < LOAD_IDS && !load->lost[node]; i++)
		node = node % LOAD_IDS + 1;
	if (load->lost[node])
		ask(load, "remove", node, json_pack("{s:[I]}", "ids", (json_int_t)node));
	load->lost[node] = false;
}

static void ping(struct load *load)
{
	ask(load, "ping", 0, NULL);
}

static void nodes(struct load *load)
{
	ask(load, "nodes", 0, NULL);
}

static void info(struct load *load)
{
	ask(load, "info", 0, NULL);
}

static void stats(struct load *load)
{
	ask_node(load, "stats");
}

static void events(struct load *load)
{
	struct request *request;
	int64_t since = load->client->seq - (int64_t)random_in(load->random, 0, 200);

	since = since < 0 ? 0 : since;
	request = ask(load, "events", 0, json_pack("{s:I}", "since", (json_int_t)since));
	if (request)
		request->since = since;
}

static void timer(struct load *load)
{
	static const char *const ops[] = {"start", "stop", "time"};
	uint32_t node = any_id(load);

	ask(load, "timer", node,
	    json_pack("{s:I, s:s}", "node", (json_int_t)node, "op",
		      ops[random_in(load->random, 0, ARRAY_SIZE(ops) - 1)]));
}

static void heartbeat(struct load *load)
{
	static const int ms[] = {20, 50, 100, 200, 500, 1000, 60000};

	ask(load, "heartbeat", 0,
	    json_pack("{s:i}", "ms", ms[random_in(load->random, 0, ARRAY_SIZE(ms) - 1)]));
}

/*
 * Changes the limits of a node, whether it was created with limits or without. The limits are high
 * enough for all programs of this test.
 */
static void limit(struct load *load)
{
	uint32_t node = any_id(load);
	json_t *limits =
	    json_pack("{s:I}", "nofile", (json_int_t)random_in(load->random, 256, 4000));

	if (random_one_in(load->random, 2))
		json_object_set_new(limits, "pids",
				    json_integer(random_in(load->random, 300, 900)));
	if (random_one_in(load->random, 4))
		json_object_set_new(
		    limits, "memory_bytes",
		    json_integer((json_int_t)random_in(load->random, 300, 900) << 20));
	if (random_one_in(load->random, 4))
		json_object_set_new(limits, "cpus", json_null());
	ask(load, "set", node, json_pack("{s:I, s:o}", "node", (json_int_t)node, "limits", limits));
}

/* --- programs ------------------------------------------------------------------------------------
 */

/*
 * A Perl program that attacks the parent's agent from within a node. It speaks ZMTP 3.0 by hand, as
 * a DEALER, and sends frames of random octets to the parent's end of its node's edge. The address
 * of that end is the node's own address with the last bit changed. The agent does not reply, so
 * SIGALRM ends the program.
 */
static const char hostile[] =
    "use Socket; alarm 1; open F, '/proc/net/fib_trie'; my ($a, $up); while (<F>) { $a = $1 if "
    "/-- (10\\.[\\d.]+)/; if (/host LOCAL/ && $a) { my $n = unpack 'N', inet_aton $a; $up = $n ^ 1 "
    "if $n & 1; } } exit 3 unless $up; socket S, PF_INET, SOCK_STREAM, 0; connect S, "
    "sockaddr_in(1, pack 'N', $up) or exit 4; $SIG{PIPE} = 'IGNORE'; my $o = \"\\xff\" . "
    "\"\\0\" x 8 . \"\\x7f\\3\\0NULL\" . \"\\0\" x 48; my $r = \"\\5READY\\x0bSocket-Type\" . "
    "pack('N', "
    "6) . 'DEALER'; $o .= pack('CC', 4, length $r) . $r; for (1..200) { my $parts = int rand 4; "
    "for "
    "my $i (0..$parts) { my $b = join '', map { chr int rand 256 } 1..int rand 60; $o .= "
    "pack('CC', "
    "$i < $parts ? 1 : 0, length $b) . $b; } } syswrite S, $o; select undef, undef, undef, 0.1;";

static const struct program {
	const char *argv[4];
	bool endless; /* runs until it is cancelled */
} programs[] = {
    {{"true"}, false},
    {{"hostname"}, false},
    {{"sh", "-c", "echo out; echo err >&2; exit 3"}, false},
    {{"sh", "-c", "kill -9 $$"}, false},
    {{"sh", "-c", "sleep 0.3 & sleep 0.1"}, false},
    {{"sh", "-c", "setsid sleep 0.2 & exit 0"}, false},
    {{"seq", "1", "2000"}, false},
    {{"no-such-program"}, false},
    {{"head", "-c", "3000000", "/dev/zero"}, true},
    {{"yes"}, true},
    {{"sleep", "1000"}, true},
    {{"sh", "-c", "trap '' TERM INT HUP; while :; do sleep 0.05; done"}, true},
    {{"perl", "-e", hostile}, false},
};

static size_t count_endless(const struct load *load)
{
	const struct request *request;
	size_t count = 0;

	for (request = load->client->requests; request; request = request->hh.next)
		count += request->endless;
	return count;
}

static void exec(struct load *load)
{
	const struct program *program =
	    &programs[random_in(load->random, 0, ARRAY_SIZE(programs) - 1)];
	uint32_t node = any_id(load);
	bool given = !random_one_in(load->random, 3);
	json_t *argv = json_array();
	struct request *request;

	for (size_t i = 0; i < ARRAY_SIZE(program->argv) && program->argv[i]; i++)
		json_array_append_new(argv, json_string(program->argv[i]));
	if (program->endless && count_endless(load) >= ENDLESS_MAX) {
		json_decref(argv);
		return;
	}
	request = ask(load, "exec", node,
		      json_pack("{s:I, s:o}", "node", (json_int_t)node, "argv", argv));
	if (!request)
		return;
	request->endless = program->endless;
	request->given = given;
}

/* Cancels the oldest endless program that has not been cancelled yet. */
static void cancel(struct load *load)
{
	struct request *request;

	for (request = load->client->requests; request; request = request->hh.next) {
		if (!request->endless || request->cancelled)
			continue;
		client_cancel(load->client, request);
		return;
	}
}

void load_cancel_all(struct load *load)
{
	struct request *request;

	for (request = load->client->requests; request; request = request->hh.next)
		if (request->endless && !request->cancelled)
			client_cancel(load->client, request);
}

/* --- faults --------------------------------------------------------------------------------------
 */

static void kill_by_signal(struct load *load)
{
	static const int signals[] = {9, 9, 9, 1, 10, 15, 18, 28};
	uint32_t node = any_id(load);

	ask(load, "signal", node,
	    json_pack("{s:I, s:i}", "node", (json_int_t)node, "signal",
		      signals[random_in(load->random, 0, ARRAY_SIZE(signals) - 1)]));
}

static void kill_by_pid(struct load *load)
{
	uint32_t node = any_id(load);

	load->kills += census_kill_child(load->pid[node], load->launcher);
}

static void freeze(struct load *load)
{
	ask_node(load, "freeze");
}

/*
 * Thaws the first frozen node from a random id on. If no node is frozen, requests the thaw of that
 * id.
 */
static void thaw(struct load *load)
{
	uint32_t node = any_id(load);

	for (uint32_t i = 0; i < LOAD_IDS && !load->frozen[node]; i++)
		node = node % LOAD_IDS + 1;
	ask(load, "thaw", node, json_pack("{s:I}", "node", (json_int_t)node));
}

/*
 * Sends a wrong request with a usable id. The controller must reply with that id, whatever else is
 * wrong with the request.
 */
static void ask_badly(struct load *load)
{
	static const char *const frames[] = {
	    "{\"id\":%lld}",
	    "{\"id\":%lld,\"cmd\":5}",
	    "{\"id\":%lld,\"cmd\":\"\"}",
	    "{\"id\":%lld,\"cmd\":\"no such\"}",
	    "{\"id\":%lld,\"cmd\":\"create\",\"ids\":\"x\"}",
	    "{\"id\":%lld,\"cmd\":\"create\",\"ids\":[[5,1]]}",
	    "{\"id\":%lld,\"cmd\":\"create\",\"ids\":[-1]}",
	    "{\"id\":%lld,\"cmd\":\"create\",\"ids\":[]}",
	    "{\"id\":%lld,\"cmd\":\"create\",\"ids\":[[0,4294967295]]}",
	    "{\"id\":%lld,\"cmd\":\"remove\",\"ids\":[1.5]}",
	    "{\"id\":%lld,\"cmd\":\"remove\",\"ids\":[null]}",
	    "{\"id\":%lld,\"cmd\":\"exec\",\"node\":-1,\"argv\":[\"true\"]}",
	    "{\"id\":%lld,\"cmd\":\"exec\",\"node\":1,\"argv\":[]}",
	    "{\"id\":%lld,\"cmd\":\"exec\",\"node\":1,\"argv\":[1,{}]}",
	    "{\"id\":%lld,\"cmd\":\"exec\",\"node\":1,\"argv\":{}}",
	    "{\"id\":%lld,\"cmd\":\"nodes\",\"x\":1}",
	    "{\"id\":%lld,\"cmd\":\"heartbeat\",\"ms\":-5}",
	    "{\"id\":%lld,\"cmd\":\"heartbeat\",\"ms\":\"1\"}",
	    "{\"id\":%lld,\"cmd\":\"signal\",\"node\":5,\"signal\":999}",
	    "{\"id\":%lld,\"cmd\":\"events\",\"since\":-7}",
	    "{\"id\":%lld,\"cmd\":\"grow\",\"count\":-1}",
	    "{\"id\":%lld,\"cmd\":\"grow\",\"count\":1e99}",
	    "{\"id\":%lld,\"cmd\":\"timer\",\"node\":5,\"op\":\"\\u0001\"}",
	    "{\"id\":%lld,\"cmd\":\"freeze\",\"node\":4294967296}",
	    "{\"id\":%lld,\"cmd\":\"thaw\",\"node\":{}}",
	    "{\"id\":%lld,\"cmd\":\"shutdown\",\"now\":true}",
	};

	client_ask_text(load->client, any_connection(load),
			frames[random_in(load->random, 0, ARRAY_SIZE(frames) - 1)]);
}

static void babble(struct load *load)
{
	static const char *const frames[] = {
	    "",
	    "[]",
	    "{",
	    "null",
	    "{\"id\":-1}",
	    "{\"id\":1.5}",
	    "{\"id\":\"1\"}",
	    "{}",
	    "{\"cmd\":\"ping\"",
	    "{\"id\":1,\"id\":2}",
	    "{\"id\":9007199254740993}",
	};
	char octets[TOO_LONG];
	size_t kind = random_in(load->random, 0, ARRAY_SIZE(frames) + 1);
	size_t len = kind % 2 ? 65537 : sizeof(octets);

	if (kind < ARRAY_SIZE(frames)) {
		client_babble(load->client, any_connection(load), frames[kind],
			      strlen(frames[kind]), random_one_in(load->random, 4));
		return;
	}
	if (random_one_in(load->random, 2))
		len = random_in(load->random, 1, 200);
	/* Make the first octet 0xff: no JSON text begins with it, so the frame has no usable id. */
	memset(octets, '[', len);
	for (size_t i = 0; i < len && len <= 200; i++)
		octets[i] = (char)random_next(load->random);
	octets[0] = '\xff';
	client_babble(load->client, any_connection(load), octets, len, false);
}

/* --- the table -----------------------------------------------------------------------------------
 */

struct action {
	uint32_t weight; /* 0 ends the table */
	void (*act)(struct load *load);
};

static const struct action asks[] = {
    {120, create},   {4, grow},	   {8, remove_nodes}, {6, repair},  {200, exec}, {20, cancel},
    {200, timer},    {20, ping},   {20, nodes},	      {120, stats}, {40, info},	 {20, events},
    {80, ask_badly}, {60, babble}, {12, limit},	      {0},
};

static const struct action faults[] = {
    {5, kill_by_signal}, {3, kill_by_pid}, {3, freeze}, {5, thaw}, {1, heartbeat}, {0},
};

static void draw(struct load *load, const struct action *actions)
{
	uint32_t sum = 0, drawn;
	size_t i;

	for (i = 0; actions[i].weight; i++)
		sum += actions[i].weight;
	drawn = random_in(load->random, 1, sum);
	for (i = 0; drawn > actions[i].weight; i++)
		drawn -= actions[i].weight;
	actions[i].act(load);
}

void load_act(struct load *load)
{
	draw(load, asks);
}

void load_fault(struct load *load)
{
	struct random *random = load->random;

	load->random = load->chaos;
	draw(load, faults);
	load->random = random;
}

/* --- what is known -------------------------------------------------------------------------------
 */

static void learn(struct load *load, const json_t *told)
{
	json_int_t id = json_integer_value(json_object_get(told, "node"));
	const json_t *pid = json_object_get(told, "pid");
	const char *state = json_string_value(json_object_get(told, "state"));

	if (id < 1 || id > LOAD_IDS || !pid)
		return;
	load->pid[id] = (pid_t)json_integer_value(pid);
	load->lost[id] = state && !strcmp(state, "lost");
}

static void answered(void *own, const struct request *request, const json_t *answer)
{
	const json_t *node, *list = json_object_get(answer, "nodes");
	struct load *load = own;
	size_t i;

	if (!strcmp(request->cmd, "create"))
		learn(load, answer);
	json_array_foreach(list, i, node) learn(load, node);
	if (request->node > LOAD_IDS || json_object_get(answer, "error"))
		return;
	if (!strcmp(request->cmd, "freeze"))
		load->frozen[request->node] = true;
	if (!strcmp(request->cmd, "thaw"))
		load->frozen[request->node] = false;
}

void load_init(struct load *load, struct client *client, struct random *random,
	       struct random *chaos, pid_t launcher)
{
	*load =
	    (struct load){.client = client, .random = random, .chaos = chaos, .launcher = launcher};
	client->answered = answered;
	client->own = load;
}
