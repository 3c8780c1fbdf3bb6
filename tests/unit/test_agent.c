/* One agent: what it answers, what it survives, and the programs it runs. */
#include "tests/unit/agent_rig.h"

#include "base/cleanup.h"

#include <errno.h>

static int start(void **state)
{
	static struct rig rig;

	rig_start(&rig, 6, RIG_SLOW_BEAT);
	*state = &rig;
	return 0;
}

static int stop(void **state)
{
	rig_stop(*state);
	return 0;
}

static void test_ping(void **state)
{
	rig_ping(*state, 6);
}

static uint64_t timer(struct rig *rig, uint64_t op)
{
	struct wire_reader reader;
	struct msg msg;
	uint32_t one;
	uint64_t ms;

	rig_ask(rig, 6, op, &msg);
	reader = msg_reader(&msg);
	assert_true(wire_get_array(&reader, &one) && one == 1);
	assert_true(wire_get_uint(&reader, &ms) && wire_reader_done(&reader));
	msg_drop(&msg);
	return ms;
}

static void test_timer(void **state)
{
	uint64_t so_far, held;

	assert_int_equal(timer(*state, OP_TIMER_STOP), 0);
	timer(*state, OP_TIMER_START);
	usleep(20000);
	so_far = timer(*state, OP_TIMER_TIME);
	assert_true(so_far >= 20);
	held = timer(*state, OP_TIMER_STOP);
	assert_true(held >= so_far);
	usleep(5000);
	assert_int_equal(timer(*state, OP_TIMER_TIME), held);
	assert_int_equal(timer(*state, OP_TIMER_STOP), held);
}

static void test_malformed_requests(void **state)
{
	static const struct {
		const char *body;
		size_t len;
	} bad[] = {
	    {"\x90", 1},			 /* no operation */
	    {"\x91\x63", 2},			 /* an unknown one */
	    {"\x92\x01\x01", 3},		 /* surplus */
	    {"\x91\x01\x01", 3},		 /* surplus, past the array */
	    {"\xc0", 1},			 /* nil */
	    {"\xdd\xff\xff\xff\xff", 5},	 /* a claim of 64 GB */
	    {"\x93\x05\x90\x01", 4},		 /* exec of nothing */
	    {"\x93\x05\x91\xa2\x61\x00\x01", 7}, /* a NUL in a word */
	    {"\x93\x05\x91\x01\x01", 5},	 /* a word that is a number */
	    {"\x92\x06\x00", 3},		 /* a beat of 0 */
	    {"\x92\x06\xce\xff\xff\xff\xff", 7}, /* of 50 days */
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct wire_body body = {.data = malloc(bad[i].len), .len = bad[i].len};

		memcpy(body.data, bad[i].body, bad[i].len);
		rig_error(*state, rig_tell(*state, WIRE_REQUEST, 0, WIRE_CONTROLLER, 6, &body),
			  EINVAL);
	}
	rig_ping(*state, 6);
}

static void send_frames(void *socket, const char *first, size_t len, int frames)
{
	for (int i = 0; i < frames; i++)
		assert_true(zmq_send(socket, first, len, i + 1 < frames ? ZMQ_SNDMORE : 0) >= 0);
}

static void test_garbage_is_counted(void **state)
{
	const struct wire_header upward = {
	    .type = WIRE_REPLY, .source = WIRE_CONTROLLER, .target = 6};
	struct wire_body body = WIRE_BODY_INIT;
	struct rig *rig = *state;
	uint8_t head[WIRE_HEADER_BYTES];
	char *huge = calloc(1, 20 * WIRE_BODY_MAX_BYTES);

	wire_header_pack(&upward, head);
	send_frames(rig->socket, (char *)head, sizeof(head), 1);
	send_frames(rig->socket, (char *)head, sizeof(head), 3);
	send_frames(rig->socket, (char *)head, sizeof(head), 1000);
	send_frames(rig->socket, huge, 20 * WIRE_BODY_MAX_BYTES, 2);
	free(huge);
	send_frames(rig->socket, "", 0, 2);
	send_frames(rig->socket, "short", 5, 2);
	head[0] ^= 1;
	send_frames(rig->socket, (char *)head, sizeof(head), 2);
	wire_put_array(&body, 0);
	rig_send(rig->socket, &upward, &body); /* well-formed, but does not travel down */
	rig_ping(rig, 6);
	assert_int_equal(rig_stat(rig, 6, "malformed"), 8);
}

static void test_unroutable(void **state)
{
	rig_error(*state, rig_request(*state, 7, 0, OP_PING), EHOSTUNREACH);
	assert_int_equal(rig_stat(*state, 6, "unroutable"), 1);
}

static uint64_t exec(struct rig *rig, uint64_t window, const char *const argv[])
{
	struct wire_body body = WIRE_BODY_INIT;
	uint32_t count = 0;

	while (argv[count])
		count++;
	wire_put_array(&body, 3);
	wire_put_uint(&body, OP_EXEC);
	wire_put_array(&body, count);
	for (uint32_t i = 0; i < count; i++)
		wire_put_str(&body, argv[i]);
	wire_put_uint(&body, window);
	return rig_tell(rig, WIRE_REQUEST, 0, WIRE_CONTROLLER, rig->id, &body);
}

static void credit(struct rig *rig, uint64_t request, uint64_t chunks)
{
	const struct wire_header header = {
	    .type = WIRE_CREDIT, .source = WIRE_CONTROLLER, .target = rig->id, .request = request};
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_uint(&body, chunks);
	rig_send(rig->socket, &header, &body);
}

struct outcome {
	uint64_t bytes[3];
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

		assert_true(wire_get_uint(&reader, &stream) && stream >= 1 && stream <= 2);
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

static struct outcome run(struct rig *rig, const char *const argv[])
{
	struct outcome outcome = {0};
	uint64_t request = exec(rig, 16, argv);

	while (take(rig, request, &outcome))
		credit(rig, request, 1);
	return outcome;
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
	    cmocka_unit_test_setup_teardown(test_ping, start, stop),
	    cmocka_unit_test_setup_teardown(test_timer, start, stop),
	    cmocka_unit_test_setup_teardown(test_malformed_requests, start, stop),
	    cmocka_unit_test_setup_teardown(test_garbage_is_counted, start, stop),
	    cmocka_unit_test_setup_teardown(test_unroutable, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_output, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_surroundings, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_signal, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_not_started, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_window, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_cancel, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_background, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_owed, start, stop),
	    cmocka_unit_test_setup_teardown(test_exec_too_many, start, stop),
	};

	rig_agent(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
