/* Trees of agents: links, hops, trust, beats and silence. */
#include "tests/unit/agent_rig.h"

#include "base/cleanup.h"

#include <errno.h>

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Starts agent `child` below agent `parent`, and waits until the child's READY arrives. */
static pid_t add(struct rig *rig, uint32_t parent, uint32_t child, uint32_t beat_ms)
{
	char endpoint[64];
	struct msg msg;
	pid_t pid;

	rig_link(rig, parent, child, endpoint);
	pid = rig_spawn(child, endpoint, beat_ms);
	rig_expect(rig->socket, WIRE_READY, 0, &msg);
	assert_int_equal(msg.header.source, child);
	msg_drop(&msg);
	return pid;
}

static void disconnect(struct rig *rig, uint32_t parent, uint32_t child)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 0);
	rig_tell(rig, WIRE_DISCONNECT, 0, child, parent, &body);
}

static void test_three_hops(void **state)
{
	pid_t left = add(*state, 6, 3, RIG_SLOW_BEAT);
	pid_t right = add(*state, 6, 8, RIG_SLOW_BEAT);
	pid_t deep = add(*state, 8, 43, RIG_SLOW_BEAT);

	rig_ping(*state, 3);
	rig_ping(*state, 8);
	rig_ping(*state, 43);
	assert_int_equal(rig_stat(*state, 6, "foreign"), 0);
	assert_true(rig_stat(*state, 8, "forwarded_up") >= 2); /* READY and the reply to the ping */
	assert_true(rig_stat(*state, 6, "forwarded_down") >= 4);
	end(deep);
	end(right);
	end(left);
}

static void test_broadcast(void **state)
{
	pid_t pids[] = {add(*state, 6, 3, RIG_SLOW_BEAT), add(*state, 6, 8, RIG_SLOW_BEAT),
			add(*state, 8, 7, RIG_SLOW_BEAT)};
	struct rig *rig = *state;
	uint64_t request = rig_request(rig, 6, WIRE_BROADCAST, OP_PING);
	uint32_t sum = 0;
	struct msg msg;

	for (int i = 0; i < 4; i++) {
		rig_expect(rig->socket, WIRE_REPLY, request, &msg);
		sum += msg.header.source;
		msg_drop(&msg);
	}
	assert_int_equal(sum, 6 + 3 + 8 + 7);
	/* A broadcast to an inner node reaches this node and its descendants. */
	request = rig_request(rig, 8, WIRE_BROADCAST, OP_PING);
	for (int i = 0; i < 2; i++) {
		rig_expect(rig->socket, WIRE_REPLY, request, &msg);
		assert_true(msg.header.source == 8 || msg.header.source == 7);
		msg_drop(&msg);
	}
	rig_ping(rig, 6);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		end(pids[i]);
}

static void test_link_fails(void **state)
{
	struct wire_body body = WIRE_BODY_INIT;
	struct rig *rig = *state;
	char endpoint[64];
	void *taken = rig_bind(rig->context, endpoint);

	wire_put_array(&body, 1);
	wire_put_str(&body, endpoint);
	rig_error(rig, rig_tell(rig, WIRE_LINK, 0, 8, 6, &body), EADDRINUSE);
	zmq_close(taken);
	wire_put_array(&body, 1);
	wire_put_uint(&body, 1);
	rig_error(rig, rig_tell(rig, WIRE_LINK, 0, 8, 6, &body), EINVAL);
	/* Send a LINK for a parent that does not exist. */
	wire_put_array(&body, 1);
	wire_put_str(&body, "tcp://127.0.0.1:1");
	rig_error(rig, rig_tell(rig, WIRE_LINK, 0, 9, 8, &body), EHOSTUNREACH);
}

/* A LINK may arrive before the network link exists: the address appears later. */
static void test_link_early(void **state)
{
	struct wire_body body = WIRE_BODY_INIT;
	struct rig *rig = *state;
	uint64_t ping;
	struct msg msg;

	wire_put_array(&body, 1);
	wire_put_str(&body, "tcp://192.0.2.1:5670");
	rig_tell(rig, WIRE_LINK, 0, 8, 6, &body);
	ping = rig_request(rig, 6, 0, OP_PING);
	do {
		rig_next(rig->socket, &msg);
		assert_int_not_equal(msg.header.type, WIRE_ERROR);
		msg_drop(&msg);
	} while (msg.header.type != WIRE_REPLY);
	assert_int_equal(msg.header.request, ping);
}

static void test_disconnect(void **state)
{
	struct rig *rig = *state;
	pid_t right = add(rig, 6, 8, RIG_SLOW_BEAT);
	pid_t deep = add(rig, 8, 43, RIG_SLOW_BEAT);

	rig_ping(rig, 43);
	disconnect(rig, 8, 43);
	rig_error(rig, rig_request(rig, 43, 0, OP_PING), EHOSTUNREACH);
	rig_ping(rig, 8);
	end(deep);
	deep = add(rig, 8, 43, RIG_SLOW_BEAT);
	disconnect(rig, 6, 8);
	rig_error(rig, rig_request(rig, 8, 0, OP_PING), EHOSTUNREACH);
	rig_error(rig, rig_request(rig, 43, 0, OP_PING), EHOSTUNREACH);
	end(deep);
	end(right);
}

/*
 * The agent binds the same address again at once, for a LINK that replaces the edge and for a LINK
 * after a DISCONNECT.
 */
static void test_link_again(void **state)
{
	struct rig *rig = *state;
	char endpoint[64];

	rig_link(rig, 6, 8, endpoint);
	for (int i = 0; i < 10; i++) {
		struct wire_body body = WIRE_BODY_INIT;
		struct msg msg;

		if (i % 2)
			disconnect(rig, 6, 8);
		wire_put_array(&body, 1);
		wire_put_str(&body, endpoint);
		rig_tell(rig, WIRE_LINK, 0, 8, 6, &body);
		/*
		 * If the LINK failed, its error would arrive before the reply to this later
		 * request.
		 */
		rig_ask(rig, 6, OP_PING, &msg);
		msg_drop(&msg);
	}
}

/* When a LINK gives the edge of child 8 to another child, no route leads to 8 any more. */
static void test_link_another(void **state)
{
	struct rig *rig = *state;
	char endpoint[64];

	rig_link(rig, 6, 8, endpoint);
	for (uint32_t child = 9; child < 15; child++) {
		struct wire_body body = WIRE_BODY_INIT;
		struct msg msg;

		wire_put_array(&body, 1);
		wire_put_str(&body, endpoint);
		rig_tell(rig, WIRE_LINK, 0, child, 6, &body);
		rig_ask(rig, 6, OP_PING, &msg);
		msg_drop(&msg);
	}
	rig_error(rig, rig_request(rig, 8, 0, OP_PING), EHOSTUNREACH);
}

/*
 * Makes the test play child `child` of agent 6, so that the test can send any message in its place.
 * Returns the child's socket.
 */
static void *be_child(struct rig *rig, uint32_t child)
{
	void **socket = rig->child[0] ? &rig->child[1] : &rig->child[0];
	char endpoint[64];

	assert_int_equal(edge_socket(socket, rig->context, true, NULL), 0);
	rig_link(rig, 6, child, endpoint);
	assert_int_equal(zmq_connect(*socket, endpoint), 0);
	return *socket;
}

static void claim(void *socket, uint8_t type, uint32_t source, uint64_t request)
{
	const struct wire_header header = {
	    .type = type, .source = source, .target = WIRE_CONTROLLER, .request = request};
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 0);
	rig_send(socket, &header, &body);
}

static void test_hostile_child(void **state)
{
	struct rig *rig = *state;
	void *child = be_child(rig, 8), *sibling = be_child(rig, 3);
	const struct wire_header down = {
	    .type = WIRE_DISCONNECT, .source = 3, .target = 6, .request = 0};
	struct wire_body body = WIRE_BODY_INIT;
	struct msg msg;

	claim(child, WIRE_REPLY, 3, 77); /* in the name of its sibling */
	claim(child, WIRE_READY, 3, 0);
	claim(child, WIRE_REPLY, 6, 77); /* in the name of its parent */
	claim(child, WIRE_REPLY, WIRE_CONTROLLER, 77);
	claim(child, WIRE_ERROR, 9, 77); /* in the name of no node */
	claim(child, WIRE_HEARTBEAT, 3, 0);
	wire_put_array(&body, 0);
	rig_send(child, &down, &body); /* only a parent may send this type */
	claim(child, WIRE_REQUEST, 8, 77);
	claim(child, WIRE_CREDIT, 8, 77);
	claim(child, WIRE_READY, 8, 0); /* at last in its own name */
	/* The agent forwarded no earlier message: this READY is the first. */
	rig_next(rig->socket, &msg);
	assert_int_equal(msg.header.type, WIRE_READY);
	assert_int_equal(msg.header.source, 8);
	msg_drop(&msg);
	assert_int_equal(rig_stat(rig, 6, "foreign"), 6);
	assert_int_equal(rig_stat(rig, 6, "malformed"), 3);
	claim(sibling, WIRE_READY, 3, 0);
	rig_next(rig->socket, &msg);
	assert_int_equal(msg.header.source, 3);
	msg_drop(&msg);
}

static void test_hostile_frames(void **state)
{
	struct rig *rig = *state;
	void *child = be_child(rig, 8);
	char *huge = calloc(1, 2 * WIRE_BODY_MAX_BYTES);
	struct msg msg;

	claim(child, WIRE_READY, 8, 0);
	rig_expect(rig->socket, WIRE_READY, 0, &msg);
	msg_drop(&msg);
	assert_true(zmq_send(child, "one", 3, 0) >= 0);
	rig_await_stat(rig, 6, "malformed", 1);
	/*
	 * After a frame over the limit, the receiver closes the connection. libzmq then opens a new
	 * connection.
	 */
	assert_true(zmq_send(child, huge, 2 * WIRE_BODY_MAX_BYTES, 0) >= 0);
	free(huge);
	do {
		zmq_pollitem_t item = {.socket = rig->socket, .events = ZMQ_POLLIN};

		claim(child, WIRE_READY, 8, 0);
		if (zmq_poll(&item, 1, 20) == 1)
			break;
	} while (true);
	rig_ping(rig, 6);
}

static void test_unread_child(void **state)
{
	struct rig *rig = *state;
	pid_t right = add(rig, 6, 8, RIG_SLOW_BEAT);
	struct wire_header header = {
	    .type = WIRE_REQUEST, .source = WIRE_CONTROLLER, .target = 8, .request = 1};
	struct msg msg;

	/*
	 * Stop the child. Once the queue to the child is full, the parent replies with an error in
	 * the child's place.
	 */
	kill(right, SIGSTOP);
	for (;;) {
		zmq_pollitem_t item = {.socket = rig->socket, .events = ZMQ_POLLIN};
		struct wire_body body = WIRE_BODY_INIT;
		static char filler[WIRE_CHUNK_MAX_BYTES];

		wire_put_array(&body, 2);
		wire_put_uint(&body, OP_PING);
		wire_put_bin(&body, filler, sizeof(filler));
		rig_send(rig->socket, &header, &body);
		if (zmq_poll(&item, 1, 0) == 1)
			break;
		assert_true(++header.request < 100000);
	}
	rig_next(rig->socket, &msg);
	assert_int_equal(msg.header.type, WIRE_ERROR);
	assert_int_equal(msg.header.source, 6);
	msg_drop(&msg);
	end(right);
}

static void read_report(struct msg *msg, uint64_t *what, uint64_t *about)
{
	struct wire_reader reader = msg_reader(msg);
	uint32_t two;

	assert_true(wire_get_array(&reader, &two) && two == 2);
	assert_true(wire_get_uint(&reader, what) && wire_get_uint(&reader, about));
	assert_true(wire_reader_done(&reader));
}

/*
 * Waits for a REPORT of `what` about node `about`. On a loaded machine other reports may come
 * first, for example that a child is silent or back, or that an agent starved. Only a report of
 * `never` must not come first.
 */
static void expect_report(struct rig *rig, uint64_t what, uint32_t about, uint64_t never)
{
	uint64_t got, node;
	struct msg msg;

	do {
		rig_expect(rig->socket, WIRE_REPORT, 0, &msg);
		read_report(&msg, &got, &node);
		msg_drop(&msg);
		assert_int_not_equal(got, never);
	} while (got != what || node != about);
}

static void set_beat(struct rig *rig, int nodes, uint32_t ms)
{
	struct wire_body body = WIRE_BODY_INIT;
	struct msg msg;
	uint64_t request;

	wire_put_array(&body, 2);
	wire_put_uint(&body, OP_BEAT);
	wire_put_uint(&body, ms);
	request = rig_tell(rig, WIRE_REQUEST, WIRE_BROADCAST, WIRE_CONTROLLER, rig->id, &body);
	while (nodes--) {
		rig_expect(rig->socket, WIRE_REPLY, request, &msg);
		msg_drop(&msg);
	}
}

static void test_silent_and_back(void **state)
{
	struct rig *rig = *state;
	pid_t right = add(rig, 6, 8, RIG_SLOW_BEAT);

	set_beat(rig, 2, 50);
	rig_await_stat(rig, 6, "beats_seen", 3);
	for (int i = 0; i < 2; i++) {
		kill(right, SIGSTOP);
		expect_report(rig, REPORT_SILENT, 8, 0);
		kill(right, SIGCONT);
		expect_report(rig, REPORT_BACK, 8, 0);
	}
	end(right);
	expect_report(rig, REPORT_SILENT, 8, 0);
}

/* An agent that did not run for a while reports that it starved, and reports no child as silent. */
static void test_starved(void **state)
{
	struct rig *rig = *state;
	pid_t right = add(rig, 6, 8, RIG_SLOW_BEAT);

	set_beat(rig, 2, 500);
	rig_await_stat(rig, 6, "beats_seen", 1);
	kill(rig->pid, SIGSTOP);
	kill(right, SIGSTOP);
	usleep(3000000);
	kill(rig->pid, SIGCONT);
	expect_report(rig, REPORT_STARVED, 6, REPORT_SILENT);
	assert_true(rig_stat(rig, 6, "starved") >= 1);
	end(right);
	expect_report(rig, REPORT_SILENT, 8, 0);
}

static void test_beats_upward(void **state)
{
	struct rig *rig = *state;
	struct msg msg;

	set_beat(rig, 1, 20);
	for (int i = 0; i < 5; i++) {
		rig_expect(rig->socket, WIRE_HEARTBEAT, 0, &msg);
		assert_int_equal(msg.header.source, 6);
		msg_drop(&msg);
	}
}

static void say_much(void *socket, uint64_t request)
{
	static const char filler[WIRE_CHUNK_MAX_BYTES];
	const struct wire_header header = {
	    .type = WIRE_REPLY, .source = 8, .target = WIRE_CONTROLLER, .request = request};
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_bin(&body, filler, sizeof(filler));
	rig_send(socket, &header, &body);
}

/*
 * The parent does not read while a child sends much. The agent keeps all messages in order: it
 * makes the child wait. It reports no node as silent.
 */
static void test_held_back(void **state)
{
	enum { MANY = 3000 };
	struct rig *rig = *state;
	void *child = be_child(rig, 8);
	zmq_pollitem_t items[] = {{.socket = child, .events = ZMQ_POLLOUT},
				  {.socket = rig->socket}};
	uint64_t sent = 0, got = 0, what, about;

	set_beat(rig, 1, 500);
	/* Do not read until the child cannot send for 3 s, longer than the limit of silence. */
	while (zmq_poll(items, 1, 3000) == 1)
		say_much(child, ++sent);
	assert_true(sent < MANY);
	items[1].events = ZMQ_POLLIN;
	while (got < MANY) {
		struct msg msg;

		items[0].events = sent < MANY ? ZMQ_POLLOUT : 0;
		assert_true(zmq_poll(items, 2, RIG_LIMIT_MS) > 0);
		if (items[0].revents)
			say_much(child, ++sent);
		if (!items[1].revents)
			continue;
		rig_next(rig->socket, &msg);
		if (msg.header.type == WIRE_REPLY)
			assert_int_equal(msg.header.request, ++got);
		if (msg.header.type == WIRE_REPORT) {
			read_report(&msg, &what, &about);
			assert_int_not_equal(what, REPORT_SILENT);
		}
		msg_drop(&msg);
	}
	rig->request = MANY;
	assert_int_equal(rig_stat(rig, 6, "forwarded_up"), MANY);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_three_hops, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_broadcast, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_link_fails, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_link_early, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_disconnect, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_link_again, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_link_another, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_hostile_child, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_hostile_frames, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_unread_child, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_silent_and_back, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_starved, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_beats_upward, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_held_back, rig_set_up, rig_tear_down),
	};

	rig_agent(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
