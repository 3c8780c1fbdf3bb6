/*
 * A rig for tests of the agent. Each agent is the test program executed again, a plain process that
 * uses the loopback. The test plays the agent's parent and, where needed, its children. The rig
 * waits for events; only a hang reaches the generous time-out.
 */
#ifndef BONSAI_TESTS_AGENT_RIG_H
#define BONSAI_TESTS_AGENT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "node/agent.h"
#include "node/edge.h"
#include "node/msg.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RIG_LIMIT_MS 30000
#define RIG_SLOW_BEAT 3600000 /* an interval so long that an agent sends no beat during a test */
#define UNUSED __attribute__((unused))

struct rig {
	uint32_t id;
	void *context;
	void *socket;	/* the parent's socket */
	void *child[2]; /* sockets of children that the test plays; rig_stop() closes them */
	pid_t pid;
	uint64_t request; /* number of the last request */
};

/*
 * Call this first in main(). With the argument --agent, rig_agent() runs the agent and does not
 * return.
 */
static void rig_agent(int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "--agent"))
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	exit(agent_main(argv[2]));
}

static pid_t rig_spawn(uint32_t id, const char *endpoint, uint32_t beat_ms)
{
	char boot[192], self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	pid_t pid;

	/*
	 * Execute the target of /proc/self/exe: under valgrind, executing the link itself would
	 * start valgrind.
	 */
	assert_true(len > 0);
	self[len] = 0;
	snprintf(boot, sizeof(boot), "%u %s %u", id, endpoint, beat_ms);
	pid = fork();
	if (pid == 0) {
		execl(self, self, "--agent", boot, NULL);
		_exit(99);
	}
	assert_true(pid > 0);
	return pid;
}

/* Returns a socket bound to a free port. */
static void *rig_bind(void *context, char endpoint[64])
{
	size_t len = 64;
	void *socket;

	assert_int_equal(edge_socket(&socket, context, false, NULL), 0);
	assert_int_equal(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
	assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &len), 0);
	return socket;
}

/* Waits for the next message from a socket. */
static void rig_next(void *socket, struct msg *msg)
{
	int64_t deadline = clock_ns() + RIG_LIMIT_MS * NS_PER_MS;

	while (clock_ns() < deadline) {
		zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
		int rc = msg_receive(socket, msg);

		assert_int_not_equal(rc, -EBADMSG);
		if (rc == 1)
			return;
		zmq_poll(&item, 1, clock_ms_until(deadline, RIG_LIMIT_MS));
	}
	fail_msg("nothing came in %d ms", RIG_LIMIT_MS);
}

/* Waits for a message of that type and request number; skips other messages. */
static void rig_expect(void *socket, uint8_t type, uint64_t request, struct msg *msg)
{
	for (;;) {
		rig_next(socket, msg);
		if (msg->header.type == type && msg->header.request == request)
			return;
		if (request && msg->header.request == request) {
			struct wire_reader reader = msg_reader(msg);
			const char *text = "";
			uint32_t members;
			uint64_t code;
			size_t len = 0;

			if (wire_get_array(&reader, &members) && wire_get_uint(&reader, &code))
				wire_get_str(&reader, &text, &len);
			fail_msg("%s came: %.*s", wire_type_name(msg->header.type), (int)len, text);
		}
		msg_drop(msg);
	}
}

static void rig_send(void *socket, const struct wire_header *header, struct wire_body *body)
{
	int64_t deadline = clock_ns() + RIG_LIMIT_MS * NS_PER_MS;
	struct msg msg;

	assert_int_equal(msg_make(&msg, header, body), 0);
	while (msg_send(socket, &msg) < 0) {
		zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLOUT};

		assert_true(clock_ns() < deadline);
		zmq_poll(&item, 1, 100);
	}
}

UNUSED static void rig_start(struct rig *rig, uint32_t id, uint32_t beat_ms)
{
	char endpoint[64];
	struct msg msg;

	*rig = (struct rig){.id = id, .context = zmq_ctx_new()};
	rig->socket = rig_bind(rig->context, endpoint);
	rig->pid = rig_spawn(id, endpoint, beat_ms);
	rig_expect(rig->socket, WIRE_READY, 0, &msg);
	assert_int_equal(msg.header.source, id);
	assert_int_equal(msg.header.target, WIRE_CONTROLLER);
	msg_drop(&msg);
}

/* Checks that the agent still runs, and that it exits with status 0 after SIGTERM. */
UNUSED static void rig_stop(struct rig *rig)
{
	int status;

	assert_int_equal(waitpid(rig->pid, &status, WNOHANG), 0);
	kill(rig->pid, SIGTERM);
	assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	zmq_close(rig->socket);
	for (size_t i = 0; i < ARRAY_SIZE(rig->child); i++)
		if (rig->child[i])
			zmq_close(rig->child[i]);
	zmq_ctx_term(rig->context);
}

/* Sends a message to the agent, as if from the controller. Returns the request's number. */
static uint64_t rig_tell(struct rig *rig, enum wire_type type, uint16_t flags, uint32_t source,
			 uint32_t target, struct wire_body *body)
{
	const struct wire_header header = {
	    .type = type,
	    .flags = flags,
	    .source = source,
	    .target = target,
	    .request = ++rig->request,
	};

	rig_send(rig->socket, &header, body);
	return header.request;
}

static uint64_t rig_request(struct rig *rig, uint32_t target, uint16_t flags, uint64_t op)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_uint(&body, op);
	return rig_tell(rig, WIRE_REQUEST, flags, WIRE_CONTROLLER, target, &body);
}

/* Sends a request without arguments and waits for the reply. */
static void rig_ask(struct rig *rig, uint32_t target, uint64_t op, struct msg *msg)
{
	rig_expect(rig->socket, WIRE_REPLY, rig_request(rig, target, 0, op), msg);
	assert_int_equal(msg->header.source, target);
}

UNUSED static void rig_ping(struct rig *rig, uint32_t target)
{
	struct msg msg;

	rig_ask(rig, target, OP_PING, &msg);
	assert_int_equal(zmq_msg_size(&msg.body), 1);
	assert_memory_equal(zmq_msg_data(&msg.body), "\x90", 1);
	msg_drop(&msg);
}

UNUSED static uint64_t rig_stat(struct rig *rig, uint32_t target, const char *name)
{
	struct wire_reader reader;
	struct msg msg;
	uint32_t count, two;
	uint64_t value = UINT64_MAX;

	rig_ask(rig, target, OP_STATS, &msg);
	reader = msg_reader(&msg);
	assert_true(wire_get_array(&reader, &count));
	for (uint32_t i = 0; i < count; i++) {
		const char *str;
		uint64_t number;
		size_t len;

		assert_true(wire_get_array(&reader, &two) && two == 2);
		assert_true(wire_get_str(&reader, &str, &len) && wire_get_uint(&reader, &number));
		if (len == strlen(name) && !memcmp(str, name, len))
			value = number;
	}
	assert_true(wire_reader_done(&reader));
	msg_drop(&msg);
	if (value == UINT64_MAX)
		fail_msg("no count named %s", name);
	return value;
}

/* Waits until the counter `name` has reached `least`. */
UNUSED static void rig_await_stat(struct rig *rig, uint32_t target, const char *name,
				  uint64_t least)
{
	int64_t deadline = clock_ns() + RIG_LIMIT_MS * NS_PER_MS;

	while (rig_stat(rig, target, name) < least) {
		assert_true(clock_ns() < deadline);
		usleep(1000);
	}
}

/*
 * Sends agent `parent` a LINK for its child `child`, at a free port. Stores the endpoint of the
 * port in `endpoint`.
 */
UNUSED static void rig_link(struct rig *rig, uint32_t parent, uint32_t child, char endpoint[64])
{
	struct wire_body body = WIRE_BODY_INIT;
	struct msg msg;

	/* Find a free port. The agent retries its bind until libzmq has freed the port again. */
	zmq_close(rig_bind(rig->context, endpoint));
	wire_put_array(&body, 1);
	wire_put_str(&body, endpoint);
	rig_tell(rig, WIRE_LINK, 0, child, parent, &body);
	/*
	 * Only a failed LINK has a reply. The reply to a later request shows that the LINK is done.
	 */
	rig_ask(rig, parent, OP_PING, &msg);
	assert_int_equal(msg.header.source, parent);
	msg_drop(&msg);
}

/* Waits for an ERROR with errno `code`. */
UNUSED static void rig_error(struct rig *rig, uint64_t request, uint64_t code)
{
	struct wire_reader reader;
	struct msg msg;
	uint32_t two;
	uint64_t got;
	const char *text;
	size_t len;

	rig_expect(rig->socket, WIRE_ERROR, request, &msg);
	reader = msg_reader(&msg);
	assert_true(wire_get_array(&reader, &two) && two == 2);
	assert_true(wire_get_uint(&reader, &got) && wire_get_str(&reader, &text, &len));
	assert_true(wire_reader_done(&reader));
	assert_int_equal(got, code);
	assert_true(len > 0);
	msg_drop(&msg);
}

/* Starts agent 6 for a test; the test plays its parent. */
UNUSED static int rig_set_up(void **state)
{
	static struct rig rig;

	rig_start(&rig, 6, RIG_SLOW_BEAT);
	*state = &rig;
	return 0;
}

UNUSED static int rig_tear_down(void **state)
{
	rig_stop(*state);
	return 0;
}

#endif
