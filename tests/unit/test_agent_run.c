/* The programs that an agent runs. */
#include "tests/unit/exec_rig.h"

#include "base/cleanup.h"

#include <errno.h>

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

	/* `ls` has the descriptors 0, 1, 2 and the folder that it lists, so the count is 4. */
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
	/* The agent searches the PATH of the request, not its own. */
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

/* The agent kills a program whose client sends more input than the window permits. */
static void test_exec_input_overflow(void **state)
{
	static const char *const argv[] = {"sleep", "300", NULL};
	const struct wanted wanted = {.window = 16, .flags = RUN_INPUT};
	uint64_t request = exec_with(*state, &wanted, argv);
	char *piece = calloc(1, WIRE_CHUNK_MAX_BYTES);
	struct outcome got;

	/* Send many pieces: the agent counts only the pieces that do not fit in the pipe. */
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
	/*
	 * The end of input makes `cat` exit. SIGINT kills `sleep`, the next program in the
	 * foreground.
	 */
	input(*state, request, "", 0);
	usleep(100000);
	send_signal(*state, request, SIGINT);
	got = finish(*state, request);
	assert_int_equal(got.how, END_SIGNALLED);
	assert_int_equal(got.value, SIGINT);
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
	/* The program's window is used up, so the next message is the reply to the ping. */
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

/* A grandchild that keeps the pipes open does not delay the final reply. */
static void test_exec_background(void **state)
{
	struct outcome got = run_shell(*state, "setsid sleep 300 & echo $!; exit 5");
	pid_t sleeper = (pid_t)strtol(got.text[STREAM_STDOUT], NULL, 10);

	assert_true(sleeper > 1);
	kill(sleeper, SIGKILL);
	assert_int_equal(got.how, END_EXITED);
	assert_int_equal(got.value, 5);
}

/*
 * The agent sends a program's last output even if the client gives credit only after the program
 * exited.
 */
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

/*
 * The agent sends beats between the starts of programs, however many starts are pending and however
 * long each start takes.
 */
static void test_beats_between_starts(void **state)
{
	enum { STARTS = 30, FOLDERS = 2000 };
	static char path[sizeof("PATH=") + FOLDERS * sizeof("/n")] = "PATH=";
	const char *const argv[] = {"no-such-program", NULL}, *const env[] = {path, NULL};
	const struct wanted wanted = {.window = 16, .env = env};
	struct rig rig;
	uint64_t before;

	(void)state;
	for (int i = 0; i < FOLDERS; i++)
		memcpy(path + strlen(path), ":/n", sizeof(":/n"));
	rig_start(&rig, 7, 1);
	before = rig_stat(&rig, rig.id, "beats_sent");
	/* Stop the agent, so that it finds all requests at once. */
	kill(rig.pid, SIGSTOP);
	for (size_t i = 0; i < STARTS; i++)
		exec_with(&rig, &wanted, argv);
	kill(rig.pid, SIGCONT);
	assert_true(rig_stat(&rig, rig.id, "beats_sent") >= before + STARTS / 2);
	rig_stop(&rig);
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
	    cmocka_unit_test_setup_teardown(test_exec_not_started, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_window, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_cancel, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_background, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_owed, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_exec_too_many, rig_set_up, rig_tear_down),
	    cmocka_unit_test(test_beats_between_starts),
	};

	rig_agent(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
