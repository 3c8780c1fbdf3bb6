/* Detached programs, for which no client waits, and their logs. */
#include "tests/unit/exec_rig.h"

#include "node/log.h"

#include <errno.h>

struct piece {
	uint64_t how, value, from, next, end;
};

/*
 * Requests a piece of a log. Stores its octets in `text`, which has room for WIRE_CHUNK_MAX_BYTES.
 */
static struct piece ask_log(struct rig *rig, uint64_t pid, uint64_t from, char *text)
{
	struct wire_body body = WIRE_BODY_INIT;
	struct wire_reader reader;
	uint64_t process;
	struct piece got;
	const void *data;
	struct msg msg;
	uint32_t seven;
	size_t len;

	wire_put_array(&body, 3);
	wire_put_uint(&body, OP_LOGS);
	wire_put_uint(&body, pid);
	wire_put_uint(&body, from);
	rig_expect(rig->socket, WIRE_REPLY,
		   rig_tell(rig, WIRE_REQUEST, 0, WIRE_CONTROLLER, rig->id, &body), &msg);
	reader = msg_reader(&msg);
	assert_true(wire_get_array(&reader, &seven) && seven == 7);
	assert_true(wire_get_uint(&reader, &process) && wire_get_uint(&reader, &got.how));
	assert_true(wire_get_uint(&reader, &got.value) && wire_get_uint(&reader, &got.from));
	assert_true(wire_get_uint(&reader, &got.next) && wire_get_uint(&reader, &got.end));
	assert_true(wire_get_bin(&reader, &data, &len) && wire_reader_done(&reader));
	assert_int_equal(got.next - got.from, len);
	assert_true(process && (!pid || process == pid) && len <= WIRE_CHUNK_MAX_BYTES);
	memcpy(text, data, len);
	msg_drop(&msg);
	return got;
}

/* Waits until the program has exited, then reads its whole log. */
static void await_end(struct rig *rig, uint64_t pid, char *text, size_t room)
{
	int64_t deadline = clock_ns() + RIG_LIMIT_MS * NS_PER_MS;
	static char chunk[WIRE_CHUNK_MAX_BYTES];
	struct piece piece;
	size_t got = 0;

	while (ask_log(rig, pid, UINT64_MAX, chunk).how == END_RUNNING) {
		assert_true(clock_ns() < deadline);
		usleep(1000);
	}
	piece.next = 0;
	do {
		piece = ask_log(rig, pid, piece.next, chunk);
		assert_true(got + (piece.next - piece.from) < room);
		memcpy(text + got, chunk, piece.next - piece.from);
		got += piece.next - piece.from;
	} while (piece.next < piece.end);
	text[got] = '\0';
}

static void test_exec_detached(void **state)
{
	static const char *const argv[] = {"sh", "-c",
					   "echo out; echo err >&2; read a || echo none", NULL};
	static const char *const much[] = {
	    "sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; echo end", NULL};
	const struct wanted wanted = {.flags = RUN_DETACHED};
	struct outcome got = finish(*state, exec_with(*state, &wanted, argv));
	char *text = malloc(LOG_MAX_BYTES + 1);
	uint64_t first = got.value;
	size_t len;

	assert_int_equal(got.how, END_RUNNING);
	await_end(*state, first, text, LOG_MAX_BYTES + 1);
	assert_non_null(strstr(text, "out\n"));
	assert_non_null(strstr(text, "err\n"));
	assert_non_null(strstr(text, "none\n"));
	got = finish(*state, exec_with(*state, &wanted, much));
	assert_int_equal(got.how, END_RUNNING);
	await_end(*state, 0, text, LOG_MAX_BYTES + 1);
	len = strlen(text);
	assert_int_equal(len, LOG_MAX_BYTES);
	assert_string_equal(text + len - 5, "xend\n");
	await_end(*state, first, text, LOG_MAX_BYTES + 1);
	assert_non_null(strstr(text, "out\n"));
	free(text);
}

/*
 * When a new controller takes over, the agent ends only the programs whose client waited for them
 * at the former controller.
 */
static void test_exec_detached_lives_on(void **state)
{
	static const char *const argv[] = {"sh", "-c", "sleep 0.3; echo on", NULL};
	static const char *const waits[] = {"sleep", "300", NULL};
	uint64_t waited = exec(*state, 1, waits);
	struct wire_body body = WIRE_BODY_INIT;
	struct outcome got =
	    finish(*state, exec_with(*state, &(struct wanted){.flags = RUN_DETACHED}, argv));
	char text[100];

	wire_put_array(&body, 2);
	wire_put_uint(&body, OP_ATTACH);
	wire_put_uint(&body, RIG_SLOW_BEAT);
	rig_tell(*state, WIRE_REQUEST, 0, WIRE_CONTROLLER, 6, &body);
	assert_int_equal(finish(*state, waited).value, SIGKILL);
	await_end(*state, got.value, text, sizeof(text));
	assert_string_equal(text, "on\n");
}

static void test_exec_no_log(void **state)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 3);
	wire_put_uint(&body, OP_LOGS);
	wire_put_uint(&body, 0);
	wire_put_uint(&body, 0);
	rig_error(*state, rig_tell(*state, WIRE_REQUEST, 0, WIRE_CONTROLLER, 6, &body), ESRCH);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_exec_detached, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_detached_lives_on, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_no_log, rig_set_up, rig_tear_down),
	};

	rig_agent(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
