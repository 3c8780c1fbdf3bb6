#include "node/detached.h"

#include "base/clock.h"
#include "node/program_state.h"

#include <errno.h>

static const struct program *find(const struct programs *programs, uint64_t pid)
{
	for (size_t i = programs->count; i-- > 0;) {
		const struct program *program = programs->program[i];

		if (program->detached && (!pid || (uint64_t)program->pid == pid))
			return program;
	}
	return NULL;
}

static void put_state(struct wire_body *body, const struct program *program)
{
	enum wire_end how;
	uint64_t value;

	program_standing(program, &how, &value);
	wire_put_uint(body, (uint64_t)program->pid);
	/*
	 * Report the program as running until its log holds all of its output: then a client that
	 * reads the log until the program has ended gets all output.
	 */
	wire_put_uint(body, program->over ? how : END_RUNNING);
	wire_put_uint(body, program->over ? value : (uint64_t)program->pid);
}

void detached_tell_log(const struct programs *programs, struct uplink *uplink, uint64_t request,
		       uint64_t pid, uint64_t from)
{
	const struct program *program = find(programs, pid);
	struct wire_body body = WIRE_BODY_INIT;
	char data[WIRE_CHUNK_MAX_BYTES];
	size_t len;

	if (!program) {
		uplink_error(uplink, request, ESRCH,
			     pid ? "no detached program of that number"
				 : "no detached program was started");
		return;
	}
	if (from < log_begin(&program->log))
		from = log_begin(&program->log);
	if (from > program->log.end)
		from = program->log.end;
	len = log_read(&program->log, from, data, sizeof(data));
	wire_put_array(&body, 7);
	put_state(&body, program);
	wire_put_uint(&body, from);
	wire_put_uint(&body, from + len);
	wire_put_uint(&body, program->log.end);
	wire_put_bin(&body, data, len);
	uplink_say(uplink, WIRE_REPLY, 0, request, &body);
}

void detached_tell(const struct programs *programs, struct uplink *uplink, uint64_t request)
{
	struct wire_body body = WIRE_BODY_INIT;
	int64_t now_ns = clock_ns();
	uint32_t detached = 0;

	for (size_t i = 0; i < programs->count; i++)
		detached += programs->program[i]->detached;
	wire_put_array(&body, detached);
	for (size_t i = 0; i < programs->count; i++) {
		const struct program *program = programs->program[i];

		if (!program->detached)
			continue;
		wire_put_array(&body, 6);
		put_state(&body, program);
		wire_put_uint(&body, (uint64_t)(now_ns - program->started_ns) / NS_PER_MS);
		wire_put_uint(&body, program->log.end);
		wire_put_str(&body, program->command ? program->command : "");
	}
	uplink_say(uplink, WIRE_REPLY, 0, request, &body);
}
