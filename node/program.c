#include "node/program.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "node/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

struct stream {
	int fd; /* -1 after its end */
	bool readable;
	uint64_t owed; /* octets that lay there at the program's exit */
};

struct program {
	uint64_t request;
	uint64_t window;
	pid_t pid; /* 0 once reaped: the number may be another's by then */
	int status;
	int64_t linger_ns; /* once reaped: when to give up on its pipes */
	struct stream stream[2];
};

static void stream_close(struct stream *stream)
{
	cleanup_close(&stream->fd);
	*stream = (struct stream){.fd = -1};
}

static void program_close(struct program *program)
{
	for (size_t i = 0; i < ARRAY_SIZE(program->stream); i++)
		stream_close(&program->stream[i]);
}

static void program_free(struct program *program)
{
	program_close(program);
	free(program);
}

static struct program *find(struct programs *programs, uint64_t request)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->program[i]->request == request)
			return programs->program[i];
	return NULL;
}

static void tell_end(struct uplink *uplink, uint64_t request, enum wire_end how, int value)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 2);
	wire_put_uint(&body, how);
	wire_put_uint(&body, (uint64_t)value);
	uplink_say(uplink, WIRE_REPLY, 0, request, &body);
}

int programs_start(struct programs *programs, struct uplink *uplink, uint64_t request,
		   char *const argv[], uint64_t window)
{
	autofree struct program *program = NULL;
	int out[2];
	pid_t pid;

	if (find(programs, request))
		return -EEXIST;
	if (programs->count == PROGRAMS_MAX)
		return -EAGAIN;
	program = calloc(1, sizeof(*program));
	if (!program)
		return -ENOMEM;
	pid = spawn_program(uplink->id, argv, out);
	if (pid < 0) {
		tell_end(uplink, request, END_NOT_STARTED, -pid);
		return 0;
	}
	*program = (struct program){
	    .request = request,
	    .window = window,
	    .pid = pid,
	    .stream = {{.fd = out[0]}, {.fd = out[1]}},
	};
	programs->program[programs->count++] = steal_ptr(&program);
	return 0;
}

void programs_credit(struct programs *programs, uint64_t request, uint64_t chunks)
{
	struct program *program = find(programs, request);

	if (!program)
		return;
	if (chunks == 0) {
		if (program->pid)
			kill(-program->pid, SIGKILL);
		/* Nobody waits for the rest, so no window may hold up the end. */
		program_close(program);
	}
	if (__builtin_add_overflow(program->window, chunks, &program->window))
		program->window = UINT64_MAX;
}

void programs_exited(struct programs *programs, pid_t pid, int status)
{
	for (size_t i = 0; i < programs->count; i++) {
		struct program *program = programs->program[i];

		if (program->pid != pid)
			continue;
		program->pid = 0;
		program->status = status;
		program->linger_ns = clock_ns() + PROGRAM_LINGER_MS * NS_PER_MS;
		for (size_t j = 0; j < ARRAY_SIZE(program->stream); j++) {
			struct stream *stream = &program->stream[j];
			int waiting = 0;

			if (stream->fd >= 0 && ioctl(stream->fd, FIONREAD, &waiting) == 0)
				stream->owed = (uint64_t)waiting;
		}
		return;
	}
}

static bool wants(const struct program *program, const struct stream *stream)
{
	return stream->fd >= 0 && program->window > 0;
}

size_t programs_fill(struct programs *programs, const struct uplink *uplink, struct pollfd *items)
{
	size_t filled = 0;

	if (uplink->blocked)
		return 0;
	for (size_t i = 0; i < programs->count; i++) {
		const struct program *program = programs->program[i];

		for (size_t j = 0; j < ARRAY_SIZE(program->stream); j++)
			if (wants(program, &program->stream[j]))
				items[filled++] =
				    (struct pollfd){.fd = program->stream[j].fd, .events = POLLIN};
	}
	return filled;
}

void programs_polled(struct programs *programs, const struct pollfd *items, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < programs->count; i++) {
		struct program *program = programs->program[i];

		for (size_t j = 0; j < ARRAY_SIZE(program->stream); j++) {
			struct stream *stream = &program->stream[j];

			stream->readable =
			    at < count && items[at].fd == stream->fd && items[at++].revents != 0;
		}
	}
}

/* One chunk a turn, so that programs and children get their turns as well. */
static void send_chunk(struct program *program, size_t index, struct uplink *uplink)
{
	struct stream *stream = &program->stream[index];
	struct wire_body body = WIRE_BODY_INIT;
	char data[WIRE_CHUNK_MAX_BYTES];
	ssize_t got = read(stream->fd, data, sizeof(data));

	stream->readable = false;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		stream_close(stream);
		return;
	}
	stream->owed -= stream->owed < (uint64_t)got ? stream->owed : (uint64_t)got;
	program->window--;
	wire_put_array(&body, 2);
	wire_put_uint(&body, index == 0 ? STREAM_STDOUT : STREAM_STDERR);
	wire_put_bin(&body, data, (size_t)got);
	uplink_say(uplink, WIRE_REPLY, WIRE_MORE, program->request, &body);
}

/* Nothing is owed any more, and the pipes have ended or had their time. */
static bool through(const struct program *program, int64_t now_ns)
{
	bool open = false;

	if (program->pid)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(program->stream); i++) {
		if (program->stream[i].fd < 0)
			continue;
		if (program->stream[i].owed)
			return false;
		open = true;
	}
	return !open || now_ns >= program->linger_ns;
}

static void send_end(const struct program *program, struct uplink *uplink)
{
	if (WIFSIGNALED(program->status))
		tell_end(uplink, program->request, END_SIGNALLED, WTERMSIG(program->status));
	else
		tell_end(uplink, program->request, END_EXITED, WEXITSTATUS(program->status));
}

void programs_step(struct programs *programs, struct uplink *uplink)
{
	int64_t now_ns = clock_ns();

	for (size_t i = 0; i < programs->count; i++) {
		struct program *program = programs->program[i];

		for (size_t j = 0; j < ARRAY_SIZE(program->stream); j++)
			if (program->stream[j].readable && !uplink->blocked &&
			    wants(program, &program->stream[j]))
				send_chunk(program, j, uplink);
	}
	for (size_t i = 0; i < programs->count && !uplink->blocked;) {
		struct program *program = programs->program[i];

		if (!through(program, now_ns)) {
			i++;
			continue;
		}
		send_end(program, uplink);
		program_free(program);
		programs->program[i] = programs->program[--programs->count];
	}
}

int64_t programs_deadline(const struct programs *programs, const struct uplink *uplink)
{
	int64_t deadline_ns = INT64_MAX;

	for (size_t i = 0; i < programs->count && !uplink->blocked; i++) {
		const struct program *program = programs->program[i];

		if (program->pid || program->stream[0].owed || program->stream[1].owed)
			continue;
		if (program->linger_ns < deadline_ns)
			deadline_ns = program->linger_ns;
	}
	return deadline_ns;
}

void programs_release(struct programs *programs)
{
	for (size_t i = 0; i < programs->count; i++) {
		if (programs->program[i]->pid)
			kill(-programs->program[i]->pid, SIGKILL);
		program_free(programs->program[i]);
	}
	programs->count = 0;
}
