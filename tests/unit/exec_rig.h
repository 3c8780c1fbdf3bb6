/* Shared by the tests of an agent's programs: to start, steer and read a program. */
#ifndef BONSAI_TESTS_EXEC_RIG_H
#define BONSAI_TESTS_EXEC_RIG_H

#include "tests/unit/agent_rig.h"

struct wanted {
	uint64_t window, flags;
	const char *dir;
	const char *const *env;
};

static UNUSED void put_words(struct wire_body *body, const char *const words[])
{
	uint32_t count = 0;

	while (words && words[count])
		count++;
	wire_put_array(body, count);
	for (uint32_t i = 0; i < count; i++)
		wire_put_str(body, words[i]);
}

static UNUSED uint64_t exec_with(struct rig *rig, const struct wanted *wanted,
				 const char *const argv[])
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

static UNUSED uint64_t exec(struct rig *rig, uint64_t window, const char *const argv[])
{
	return exec_with(rig, &(struct wanted){.window = window}, argv);
}

static UNUSED void steer(struct rig *rig, enum wire_type type, uint64_t request,
			 struct wire_body *body)
{
	const struct wire_header header = {
	    .type = type, .source = WIRE_CONTROLLER, .target = rig->id, .request = request};

	rig_send(rig->socket, &header, body);
}

static UNUSED void input(struct rig *rig, uint64_t request, const void *data, size_t len)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_bin(&body, data, len);
	steer(rig, WIRE_INPUT, request, &body);
}

static UNUSED void send_signal(struct rig *rig, uint64_t request, uint64_t number)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_uint(&body, number);
	steer(rig, WIRE_SIGNAL, request, &body);
}

static UNUSED void credit(struct rig *rig, uint64_t request, uint64_t chunks)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_uint(&body, chunks);
	steer(rig, WIRE_CREDIT, request, &body);
}

struct outcome {
	uint64_t bytes[3]; /* octets of each stream; for STREAM_TAKEN, pieces of input */
	bool input_closed;
	char text[3][256]; /* the beginning of each stream */
	uint64_t how;
	uint64_t value;
};

/* Waits for one reply and adds it to `outcome`. Returns false if it was the final reply. */
static UNUSED bool take(struct rig *rig, uint64_t request, struct outcome *outcome)
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

static UNUSED struct outcome finish(struct rig *rig, uint64_t request)
{
	struct outcome outcome = {0};

	while (take(rig, request, &outcome))
		credit(rig, request, 1);
	return outcome;
}

static UNUSED struct outcome run(struct rig *rig, const char *const argv[])
{
	return finish(rig, exec(rig, 16, argv));
}

static UNUSED struct outcome run_shell(struct rig *rig, const char *script)
{
	return run(rig, (const char *const[]){"sh", "-c", script, NULL});
}

#endif
