/* One agent: its replies, what it survives, and its counters. */
#include "tests/unit/agent_rig.h"

#include "base/cleanup.h"

#include <errno.h>

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
	    {"\x90", 1},				   /* no operation */
	    {"\x91\x63", 2},				   /* an unknown operation */
	    {"\x92\x01\x01", 3},			   /* surplus argument */
	    {"\x91\x01\x01", 3},			   /* surplus octets after the array */
	    {"\xc0", 1},				   /* nil */
	    {"\xdd\xff\xff\xff\xff", 5},		   /* claims 64 GB */
	    {"\x93\x05\x90\x01", 4},			   /* a retired operation */
	    {"\x98\x09\x90\x90\xa1/\x00\x01\x00\x00", 10}, /* OP_RUN without program */
	    {"\x98\x09\x91\xa2\x61\x00\x90\xa1/\x00\x01\x00\x00", 13}, /* a NUL in a string */
	    {"\x98\x09\x91\x01\x90\xa1/\x00\x01\x00\x00", 11}, /* a number instead of a string */
	    {"\x98\x09\x91\xa1x\x91\xa1=\xa1/\x00\x01\x00\x00", 14}, /* a variable without name */
	    {"\x98\x09\x91\xa1x\x91\xa1y\xa1/\x00\x01\x00\x00", 14}, /* a variable without value */
	    {"\x98\x09\x91\xa1x\x90\xa1.\x00\x01\x00\x00", 12},	     /* a relative folder */
	    {"\x98\x09\x91\xa1x\x90\xa1/\x08\x01\x00\x00", 12},	     /* an unknown flag */
	    {"\x98\x09\x91\xa1x\x90\xa1/\x05\x01\x00\x00", 12},	     /* detached, with input */
	    {"\x93\x0a\x00\xa1x", 5},				     /* OP_LOGS from a string on */
	    {"\x92\x06\x00", 3},				     /* a beat of 0 ms */
	    {"\x92\x06\xce\xff\xff\xff\xff", 7},		     /* a beat of 50 days */
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
	rig_send(rig->socket, &upward, &body); /* well-formed, but a parent never sends a REPLY */
	rig_ping(rig, 6);
	assert_int_equal(rig_stat(rig, 6, "malformed"), 8);
}

static void test_unroutable(void **state)
{
	rig_error(*state, rig_request(*state, 7, 0, OP_PING), EHOSTUNREACH);
	assert_int_equal(rig_stat(*state, 6, "unroutable"), 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_ping, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_timer, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_malformed_requests, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_garbage_is_counted, rig_set_up, rig_tear_down),
	    cmocka_unit_test_setup_teardown(test_unroutable, rig_set_up, rig_tear_down),
	};

	rig_agent(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
