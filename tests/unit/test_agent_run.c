/* The programs that an agent runs. */
#include "tests/unit/agent_rig.h"

#include "base/cleanup.h"
#include "node/log.h"

#include <errno.h>

struct wanted {
	uint64_t window, flags;
	const char *dir;
	const char *const *env;
};

static void put_words(struct wire_body *body, const char *const words[])
{
	uint32_t count = 0;

	while (words && words[count])
		count++;
	wire_put_array(body, count);
	for (uint32_t i = 0; i < count; i++)
		wire_put_str(body, words[i]);
}

static uint64_t exec_with(struct rig *rig, const struct wanted *wanted, const char *const argv[])
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 8);
	wire_put_uint(&body, OP_RUN);
	put_words(&body, argv);
	put_words(&body, wanted->env);
	wire_put_str(&body, wanted->dir ? wanted->dir : "/");
	wire_put_uint(&body, wanted->flags);
	wire_put_uint(&body, wanted->window);
	wire_put_uint(&body, 24);
	wire_put_uint(&body, 80);
	return rig_tell(rig, WIRE_REQUEST, 0, WIRE_CONTROLLER, rig->id, &body);
}

static uint64_t exec(struct rig *rig, uint64_t window, const char *const argv[])
{
	return exec_with(rig, &(struct wanted){.window = window}, argv);
}

static void steer(struct rig *rig, enum wire_type type, uint64_t request, struct wire_body *body)
{
	const struct wire_header header = {
	    .type = type, .source = WIRE_CONTROLLER, .target = rig->id, .request = request};

	rig_send(rig->socket, &header, body);
}

static void input(struct rig *rig, uint64_t request, const void *data, size_t len)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_bin(&body, data, len);
	steer(rig, WIRE_INPUT, request, &body);
}

static void send_signal(struct rig *rig, uint64_t request, uint64_t number)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_uint(&body, number);
	steer(rig, WIRE_SIGNAL, request, &body);
}

static void credit(struct rig *rig, uint64_t request, uint64_t chunks)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_uint(&body, chunks);
	steer(rig, WIRE_CREDIT, request, &body);
}

struct outcome {
	uint64_t bytes[3]; /* of STREAM_TAKEN: pieces of input */
	bool input_closed;
	char text[3][256]; /* of each stream's beginning */
	uint64_t how;
	uint64_t value;
};

/* True for a chunk, false for the end. */
static bool take(struct rig *rig, uint64_t request, struct outcome *outcome)
{
	struct wire_reader reader;
	struct msg msg;
	uint32_t two;
	uint64_t stream;
	bool more;

	rig_expect(rig->socket, WIRE_REPLY, request, &msg);
	more = msg.header.flags & WIRE_MORE;
	reader = msg_reader(&msg);
	assert_true(wire_get_array(&reader, &two) && two == 2);
	if (more) {
		const void *data;
		size_t len;

		assert_true(wire_get_uint(&reader, &stream) && stream <= 2);
		if (stream == STREAM_TAKEN) {
			uint64_t pieces;

			assert_true(wire_get_uint(&reader, &pieces) && wire_reader_done(&reader));
			outcome->bytes[STREAM_TAKEN] += pieces;
			outcome->input_closed |= !pieces;
			msg_drop(&msg);
			return true;
		}
		assert_true(wire_get_bin(&reader, &data, &len));
		assert_true(len > 0 && len <= WIRE_CHUNK_MAX_BYTES);
		if (outcome->bytes[stream] + len < sizeof(outcome->text[0]))
			memcpy(outcome->text[stream] + outcome->bytes[stream], data, len);
		outcome->bytes[stream] += len;
	} else {
		assert_true(wire_get_uint(&reader, &outcome->how));
		assert_true(wire_get_uint(&reader, &outcome->value));
	}
	assert_true(wire_reader_done(&reader));
	msg_drop(&msg);
	return more;
}

static struct outcome finish(struct rig *rig, uint64_t request)
{
	struct outcome outcome = {0};

	while (take(rig, request, &outcome))
		credit(rig, request, 1);
	return outcome;
}

static struct outcome run(struct rig *rig, const char *const argv[])
{
	return finish(rig, exec(rig, 16, argv));
}

static struct outcome run_shell(struct rig *rig, const char *script)
{
	return run(rig, (const char *const[]){"sh", "-c", script, NULL});
}

static void test_exec_output(void **state)
{
	struct outcome got = run_shell(*state, "echo out; echo err >&2; exit 3");

	assert_string_equal(got.text[STREAM_STDOUT], "out\n");
	assert_string_equal(got.text[STREAM_STDERR], "err\n");
	assert_int_equal(got.how, END_EXITED);
	assert_int_equal(got.value, 3);
	assert_true(rig_stat(*state, 6, "programs") >= 1);
}

static void test_exec_surroundings(void **state)
{
	struct outcome got =
	    run_shell(*state, "env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort; "
			      "pwd; cat; ls /proc/self/fd | wc -l; "
			      "grep SigBlk /proc/self/status");

	/* ls has 0, 1, 2 and the folder it reads. */
	assert_string_equal(got.text[STREAM_STDOUT],
			    "BONSAI_NODE=6\nHOME=/root\n"
			    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
			    "/\n4\nSigBlk:\t0000000000000000\n");
}

static void test_exec_environment(void **state)
{
	static const char *const env[] = {"A=1=2", "HOME=/nowhere", "PATH=/none", NULL};
	static const char *const argv[] = {"/bin/sh", "-c", "echo $A $HOME $PATH; pwd", NULL};
	const struct wanted wanted = {.window = 16, .env = env, .dir = "/usr/bin"};
	struct outcome got = finish(*state, exec_with(*state, &wanted, argv));
	static const char *const relative[] = {"../bin/env", NULL};

	assert_string_equal(got.text[STREAM_STDOUT], "1=2 /nowhere /none\n/usr/bin\n");
	/* That path is searched, and not the agent's. */
	got = finish(*state, exec_with(*state, &wanted, argv + 1));
	assert_int_equal(got.how, END_NOT_STARTED);
	got = finish(*state, exec_with(*state, &wanted, relative));
	assert_int_equal(got.how, END_EXITED);
}

static void test_exec_no_folder(void **state)
{
	static const char *const argv[] = {"true", NULL};

	rig_error(*state, exec_with(*state, &(struct wanted){.dir = "/nowhere"}, argv), ENOENT);
	rig_error(*state, exec_with(*state, &(struct wanted){.dir = "/dev/null"}, argv), ENOTDIR);
}

static void test_exec_input(void **state)
{
	static const char *const argv[] = {"cat", NULL};
	const struct wanted wanted = {.window = 1000, .flags = RUN_INPUT};
	uint64_t request = exec_with(*state, &wanted, argv);
	struct outcome got = {0};
	char *piece = malloc(WIRE_CHUNK_MAX_BYTES);
	size_t sent = 0;

	memset(piece, 'x', WIRE_CHUNK_MAX_BYTES);
	for (; sent < 100; sent++) {
		while (sent - got.bytes[STREAM_TAKEN] == INPUT_WINDOW)
			assert_true(take(*state, request, &got));
		input(*state, request, piece, WIRE_CHUNK_MAX_BYTES - sent);
	}
	input(*state, request, "", 0);
	while (take(*state, request, &got))
		;
	free(piece);
	assert_int_equal(got.how, END_EXITED);
	assert_int_equal(got.bytes[STREAM_STDOUT], 100 * WIRE_CHUNK_MAX_BYTES - 99 * 100 / 2);
	assert_int_equal(got.bytes[STREAM_TAKEN], 100);
}

/* Whoever sends more than he may has a broken stream, and that is no stream. */
static void test_exec_input_overflow(void **state)
{
	static const char *const argv[] = {"sleep", "300", NULL};
	const struct wanted wanted = {.window = 16, .flags = RUN_INPUT};
	uint64_t request = exec_with(*state, &wanted, argv);
	char *piece = calloc(1, WIRE_CHUNK_MAX_BYTES);
	struct outcome got;

	/* What a pipe takes does not count. */
	for (int i = 0; i < 20; i++)
		input(*state, request, piece, WIRE_CHUNK_MAX_BYTES);
	free(piece);
	got = finish(*state, request);
	assert_int_equal(got.how, END_SIGNALLED);
	assert_int_equal(got.value, SIGKILL);
}

static void test_exec_input_closed(void **state)
{
	static const char *const argv[] = {"sh", "-c", "exec <&-; kill -STOP $$; echo on", NULL};
	const struct wanted wanted = {.window = 16, .flags = RUN_INPUT};
	uint64_t request = exec_with(*state, &wanted, argv);
	struct outcome got = {0};

	do {
		input(*state, request, "x", 1);
		usleep(1000);
		while (got.bytes[STREAM_TAKEN] == 0 && !got.input_closed)
			assert_true(take(*state, request, &got));
		got.bytes[STREAM_TAKEN] = 0;
	} while (!got.input_closed);
	send_signal(*state, request, SIGCONT);
	got = finish(*state, request);
	assert_string_equal(got.text[STREAM_STDOUT], "on\n");
	assert_int_equal(got.how, END_EXITED);
}

static void test_exec_steered(void **state)
{
	static const char *const argv[] = {
	    "sh", "-c", "trap 'echo int; exit 9' INT; echo; while :; do sleep 0.1; done", NULL};
	uint64_t request = exec(*state, 16, argv);
	struct outcome got = {0};

	assert_true(take(*state, request, &got));
	send_signal(*state, request, SIGINT);
	while (take(*state, request, &got))
		;
	assert_string_equal(got.text[STREAM_STDOUT], "\nint\n");
	assert_int_equal(got.value, 9);
}

static void test_exec_terminal(void **state)
{
	static const char *const argv[] = {
	    "sh", "-c",
	    "tty | sed s/[0-9].*//; stty size; read a; stty size; echo $a; cat; sleep 300", NULL};
	const struct wanted wanted = {.window = 16, .flags = RUN_INPUT | RUN_TERMINAL};
	uint64_t request = exec_with(*state, &wanted, argv);
	struct wire_body body = WIRE_BODY_INIT;
	struct outcome got = {0};

	while (!strstr(got.text[STREAM_STDOUT], "24 80"))
		assert_true(take(*state, request, &got));
	wire_put_array(&body, 2);
	wire_put_uint(&body, 50);
	wire_put_uint(&body, 132);
	steer(*state, WIRE_RESIZE, request, &body);
	input(*state, request, "well\r", 5);
	while (!strstr(got.text[STREAM_STDOUT], "50 132\r\nwell\r\n"))
		assert_true(take(*state, request, &got));
	assert_non_null(strstr(got.text[STREAM_STDOUT], "/dev/pts/"));
	/* The end of input ends cat, and ^C the sleep that is in the foreground then. */
	input(*state, request, "", 0);
	usleep(100000);
	send_signal(*state, request, SIGINT);
	got = finish(*state, request);
	assert_int_equal(got.how, END_SIGNALLED);
	assert_int_equal(got.value, SIGINT);
}

struct piece {
	uint64_t how, value, from, next, end;
};

/* One answer about a log; its octets go to `text`, which has room for a chunk. */
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

/* Waits for the program's end, then reads all of its log. */
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

/* A new controller ends what the former one's operators waited for, and nothing else. */
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

static void test_exec_signal(void **state)
{
	struct outcome got = run_shell(*state, "kill -SEGV $$");

	assert_int_equal(got.how, END_SIGNALLED);
	assert_int_equal(got.value, SIGSEGV);
}

static void test_exec_not_started(void **state)
{
	struct outcome got = run(*state, (const char *const[]){"no-such-program", NULL});

	assert_int_equal(got.how, END_NOT_STARTED);
	assert_int_equal(got.value, ENOENT);
	got = run(*state, (const char *const[]){"/etc/passwd", NULL});
	assert_int_equal(got.how, END_NOT_STARTED);
	assert_int_equal(got.value, EACCES);
	got = run(*state, (const char *const[]){"", NULL});
	assert_int_equal(got.value, ENOENT);
}

static void test_exec_window(void **state)
{
	const char *const argv[] = {"head", "-c", "5000000", "/dev/zero", NULL};
	struct outcome got = {0};
	uint64_t request = exec(*state, 2, argv);

	assert_true(take(*state, request, &got));
	assert_true(take(*state, request, &got));
	/* Its window is used up, so what comes next is the answer to this. */
	for (int i = 0; i < 20; i++)
		rig_ping(*state, 6);
	do {
		credit(*state, request, 1);
	} while (take(*state, request, &got));
	assert_int_equal(got.bytes[STREAM_STDOUT], 5000000);
	assert_int_equal(got.how, END_EXITED);
	assert_int_equal(got.value, 0);
}

static void test_exec_cancel(void **state)
{
	const char *const argv[] = {"sh", "-c", "yes & wait", NULL};
	struct outcome got = {0};
	uint64_t request = exec(*state, 1, argv);

	assert_true(take(*state, request, &got));
	credit(*state, request, 0);
	while (take(*state, request, &got))
		;
	assert_int_equal(got.how, END_SIGNALLED);
	assert_int_equal(got.value, SIGKILL);
}

/* A grandchild that keeps the pipes open does not keep the answer. */
static void test_exec_background(void **state)
{
	struct outcome got = run_shell(*state, "setsid sleep 300 & echo $!; exit 5");
	pid_t sleeper = (pid_t)strtol(got.text[STREAM_STDOUT], NULL, 10);

	assert_true(sleeper > 1);
	kill(sleeper, SIGKILL);
	assert_int_equal(got.how, END_EXITED);
	assert_int_equal(got.value, 5);
}

/* What a program wrote last is sent, however late the window opens. */
static void test_exec_owed(void **state)
{
	const char *const argv[] = {"sh", "-c", "setsid sleep 300 & echo $!", NULL};
	struct outcome got = {0};
	uint64_t request = exec(*state, 0, argv);
	pid_t sleeper;

	usleep(500000);
	rig_ping(*state, 6);
	credit(*state, request, 1);
	while (take(*state, request, &got))
		;
	sleeper = (pid_t)strtol(got.text[STREAM_STDOUT], NULL, 10);
	assert_true(sleeper > 1);
	kill(sleeper, SIGKILL);
}

static void test_exec_too_many(void **state)
{
	const char *const argv[] = {"sleep", "300", NULL};
	struct outcome got = {0};
	uint64_t first = 0, request;

	for (int i = 0; i < 32; i++) {
		request = exec(*state, 1, argv);
		first = first ? first : request;
	}
	rig_error(*state, exec(*state, 1, argv), EAGAIN);
	for (uint64_t i = first; i < first + 32; i++) {
		credit(*state, i, 0);
		assert_false(take(*state, i, &got));
		assert_int_equal(got.how, END_SIGNALLED);
	}
	assert_string_equal(run_shell(*state, "echo again").text[STREAM_STDOUT], "again\n");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_exec_output, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_surroundings, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_signal, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_environment, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_no_folder, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_input, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_input_overflow, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_input_closed, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_steered, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_terminal, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_detached, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_detached_lives_on, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_no_log, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_not_started, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_window, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_cancel, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_background, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_owed, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_too_many, rig_set_up, rig_tear_down),
	};

	rig_agent(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
