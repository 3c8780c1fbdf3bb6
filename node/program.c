#include "node/program.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "node/program_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define COMMAND_MAX_BYTES 1024 /* length limit of a detached program's command line for people */

static void stream_close(struct stream *stream)
{
	cleanup_close(&stream->fd);
	*stream = (struct stream){.fd = -1, .item = NOT_WAITED_FOR};
}

static void program_close(struct program *program)
{
	for (size_t i = 0; i < ARRAY_SIZE(program->stream); i++)
		stream_close(&program->stream[i]);
	feed_close(&program->input);
}

static void program_free(struct program *program)
{
	program_close(program);
	log_release(&program->log);
	free(program->command);
	free(program);
}

static void program_drop(struct programs *programs, size_t i)
{
	program_free(programs->program[i]);
	programs->count--;
	memmove(programs->program + i, programs->program + i + 1,
		(programs->count - i) * sizeof(programs->program[0]));
}

/* Finds the attached program that `request` started. Ignores detached programs. */
static struct program *find(struct programs *programs, uint64_t request)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->program[i]->request == request && !programs->program[i]->detached)
			return programs->program[i];
	return NULL;
}

static void tell_pair(struct uplink *uplink, uint16_t flags, uint64_t request, uint64_t first,
		      uint64_t second)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 2);
	wire_put_uint(&body, first);
	wire_put_uint(&body, second);
	uplink_say(uplink, WIRE_REPLY, flags, request, &body);
}

void program_standing(const struct program *program, enum wire_end *how, uint64_t *value)
{
	if (!program->reaped) {
		*how = END_RUNNING;
		*value = (uint64_t)program->pid;
	} else if (WIFSIGNALED(program->status)) {
		*how = END_SIGNALLED;
		*value = (uint64_t)WTERMSIG(program->status);
	} else {
		*how = END_EXITED;
		*value = (uint64_t)WEXITSTATUS(program->status);
	}
}

static void tell_end(const struct program *program, struct uplink *uplink)
{
	enum wire_end how;
	uint64_t value;

	program_standing(program, &how, &value);
	tell_pair(uplink, 0, program->request, how, value);
}

/* --- starting --- */

static bool make_room(struct programs *programs)
{
	for (size_t i = 0; programs->count == PROGRAMS_MAX && i < PROGRAMS_MAX; i++)
		if (programs->program[i]->over)
			program_drop(programs, i);
	return programs->count < PROGRAMS_MAX;
}

/*
 * Joins the arguments with spaces. Returns NULL if memory is short; then lists show no command line
 * for the program.
 */
static char *make_command(char *const argv[])
{
	char *command = malloc(COMMAND_MAX_BYTES);
	size_t len = 0;

	for (size_t i = 0; command && argv[i] && len < COMMAND_MAX_BYTES - 1; i++) {
		if (i)
			command[len++] = ' ';
		len += strnlen(strncpy(command + len, argv[i], COMMAND_MAX_BYTES - 1 - len),
			       COMMAND_MAX_BYTES - 1 - len);
	}
	if (command)
		command[len] = '\0';
	return command;
}

static struct program *program_new(const struct program_spec *spec, const struct spawned *spawned)
{
	struct program *program = calloc(1, sizeof(*program));

	if (!program)
		return NULL;
	*program = (struct program){
	    .request = spec->request,
	    .window = spec->detached ? UINT64_MAX : spec->window,
	    .pid = spawned->pid,
	    .detached = spec->detached,
	    .terminal = spec->spawn.terminal,
	    .started_ns = clock_ns(),
	    .stream = {{.fd = spawned->out, .item = NOT_WAITED_FOR},
		       {.fd = spawned->errors, .item = NOT_WAITED_FOR}},
	    .input = feed_init(spawned->in, spec->spawn.terminal),
	    .input_item = NOT_WAITED_FOR,
	    /* Without standard input there is no end of input to report to the client. */
	    .input_told = spawned->in < 0,
	    .command = spec->detached ? make_command(spec->spawn.argv) : NULL,
	};
	return program;
}

static void undo(const struct spawned *spawned)
{
	kill(-spawned->pid, SIGKILL);
	close(spawned->out);
	if (spawned->errors >= 0)
		close(spawned->errors);
	if (spawned->in >= 0)
		close(spawned->in);
}

int programs_start(struct programs *programs, struct uplink *uplink,
		   const struct program_spec *spec)
{
	struct program *program;
	struct spawned spawned;
	int rc;

	if (find(programs, spec->request))
		return -EEXIST;
	if (!make_room(programs))
		return -EAGAIN;
	rc = spawn_find_dir(spec->spawn.dir);
	if (rc < 0) {
		uplink_error(uplink, spec->request, -rc, "folder %.200s: %s", spec->spawn.dir,
			     strerror(-rc));
		return 0;
	}
	rc = spawn_program(uplink->id, &spec->spawn, &spawned);
	if (rc < 0) {
		tell_pair(uplink, 0, spec->request, END_NOT_STARTED, (uint64_t)-rc);
		return 0;
	}
	program = program_new(spec, &spawned);
	if (!program) {
		undo(&spawned);
		return -ENOMEM;
	}
	programs->program[programs->count++] = program;
	if (program->detached)
		tell_end(program, uplink);
	return 0;
}

/* --- messages from the parent --- */

static void end(struct program *program)
{
	if (!program->reaped)
		kill(-program->pid, SIGKILL);
	/*
	 * Close the program's pipes: nobody wants the remaining output. Output that waits for the
	 * window must not delay the report of the program's end.
	 */
	program_close(program);
	program->input_told = true;
}

void programs_end(struct programs *programs)
{
	for (size_t i = 0; i < programs->count; i++)
		if (!programs->program[i]->detached)
			end(programs->program[i]);
}

void programs_credit(struct programs *programs, uint64_t request, uint64_t chunks)
{
	struct program *program = find(programs, request);

	if (!program)
		return;
	if (chunks == 0)
		end(program);
	if (__builtin_add_overflow(program->window, chunks, &program->window))
		program->window = UINT64_MAX;
}

int programs_input(struct programs *programs, uint64_t request, const void *data, size_t len)
{
	struct program *program = find(programs, request);

	return program ? feed_put(&program->input, data, len) : 0;
}

void programs_signal(struct programs *programs, uint64_t request, int number)
{
	struct program *program = find(programs, request);
	pid_t group = -1;

	if (!program || program->reaped)
		return;
	if (program->terminal && ioctl(program->stream[0].fd, TIOCGPGRP, &group) < 0)
		group = -1;
	kill(group > 0 ? -group : -program->pid, number);
}

void programs_resize(struct programs *programs, uint64_t request, uint16_t rows, uint16_t columns)
{
	struct winsize size = {.ws_row = rows, .ws_col = columns};
	struct program *program = find(programs, request);

	/*
	 * The kernel sends the program SIGWINCH by itself. Ignore a resize after the terminal was
	 * closed.
	 */
	if (program && program->terminal && program->stream[0].fd >= 0)
		ioctl(program->stream[0].fd, TIOCSWINSZ, &size);
}

void programs_exited(struct programs *programs, pid_t pid, int status)
{
	for (size_t i = 0; i < programs->count; i++) {
		struct program *program = programs->program[i];

		if (program->reaped || program->pid != pid)
			continue;
		program->reaped = true;
		program->status = status;
		program->linger_ns = clock_ns() + PROGRAM_LINGER_MS * NS_PER_MS;
		feed_close(&program->input);
		program->input_told = true;
		for (size_t j = 0; j < ARRAY_SIZE(program->stream); j++) {
			struct stream *stream = &program->stream[j];
			int waiting = 0;

			if (stream->fd >= 0 && ioctl(stream->fd, FIONREAD, &waiting) == 0)
				stream->owed = (uint64_t)waiting;
		}
		return;
	}
}

/* --- moving input and output --- */

static bool wants(const struct program *program, const struct stream *stream,
		  const struct uplink *uplink)
{
	if (stream->fd < 0)
		return false;
	return program->detached || (program->window > 0 && !uplink->blocked);
}

static size_t fill_one(struct program *program, const struct uplink *uplink, struct pollfd *items,
		       size_t at)
{
	for (size_t i = 0; i < ARRAY_SIZE(program->stream); i++) {
		struct stream *stream = &program->stream[i];

		stream->item = NOT_WAITED_FOR;
		if (!wants(program, stream, uplink))
			continue;
		stream->item = at;
		items[at++] = (struct pollfd){.fd = stream->fd, .events = POLLIN};
	}
	program->input_item = NOT_WAITED_FOR;
	if (feed_wants(&program->input)) {
		program->input_item = at;
		items[at++] = (struct pollfd){.fd = program->input.fd, .events = POLLOUT};
	}
	return at;
}

size_t programs_fill(struct programs *programs, const struct uplink *uplink, struct pollfd *items)
{
	size_t filled = 0;

	for (size_t i = 0; i < programs->count; i++)
		filled = fill_one(programs->program[i], uplink, items, filled);
	return filled;
}

static bool was_woken(const struct pollfd *items, size_t item)
{
	return item != NOT_WAITED_FOR && items[item].revents != 0;
}

void programs_polled(struct programs *programs, const struct pollfd *items)
{
	for (size_t i = 0; i < programs->count; i++) {
		struct program *program = programs->program[i];

		for (size_t j = 0; j < ARRAY_SIZE(program->stream); j++)
			program->stream[j].ready = was_woken(items, program->stream[j].item);
		if (was_woken(items, program->input_item))
			feed_write(&program->input);
	}
}

static void send_chunk(struct program *program, size_t index, struct uplink *uplink,
		       const void *data, size_t len)
{
	struct wire_body body = WIRE_BODY_INIT;

	program->window--;
	wire_put_array(&body, 2);
	wire_put_uint(&body, index == 0 ? STREAM_STDOUT : STREAM_STDERR);
	wire_put_bin(&body, data, len);
	uplink_say(uplink, WIRE_REPLY, WIRE_MORE, program->request, &body);
}

/*
 * Reads one chunk of a program's output and sends or logs it. Each turn calls this once for each
 * stream, so that other programs and the children get their turns as well.
 */
static void move_chunk(struct program *program, size_t index, struct uplink *uplink)
{
	struct stream *stream = &program->stream[index];
	char data[WIRE_CHUNK_MAX_BYTES];
	ssize_t got = read(stream->fd, data, sizeof(data));

	stream->ready = false;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* When no process has the terminal open any more, read(2) on its master returns EIO. */
	if (got <= 0) {
		stream_close(stream);
		return;
	}
	stream->owed -= stream->owed < (uint64_t)got ? stream->owed : (uint64_t)got;
	if (program->detached)
		log_write(&program->log, data, (size_t)got);
	else
		send_chunk(program, index, uplink, data, (size_t)got);
}

/*
 * Reports to the client how many pieces of input the program took, or that the program takes no
 * more input.
 */
static void tell_input(struct program *program, struct uplink *uplink)
{
	if (program->input.taken && !uplink->blocked) {
		tell_pair(uplink, WIRE_MORE, program->request, STREAM_TAKEN, program->input.taken);
		program->input.taken = 0;
	}
	if (!program->input_told && program->input.fd < 0 && !uplink->blocked) {
		tell_pair(uplink, WIRE_MORE, program->request, STREAM_TAKEN, 0);
		program->input_told = true;
	}
}

/*
 * Returns true if the program's end can be reported. This needs three things: the program is
 * reaped; all octets that its pipes held at that time are read; the pipes are closed, or
 * PROGRAM_LINGER_MS has passed.
 */
static bool through(const struct program *program, int64_t now_ns)
{
	bool open = false;

	if (!program->reaped)
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

void programs_step(struct programs *programs, struct uplink *uplink)
{
	int64_t now_ns = clock_ns();

	for (size_t i = 0; i < programs->count; i++) {
		struct program *program = programs->program[i];

		for (size_t j = 0; j < ARRAY_SIZE(program->stream); j++)
			if (program->stream[j].ready && wants(program, &program->stream[j], uplink))
				move_chunk(program, j, uplink);
		tell_input(program, uplink);
	}
	for (size_t i = 0; i < programs->count;) {
		struct program *program = programs->program[i];
		bool ends = !program->over && through(program, now_ns);

		if (ends && program->detached) {
			program->over = true;
			program_close(program);
		} else if (ends && !uplink->blocked) {
			tell_end(program, uplink);
			program_drop(programs, i);
			continue;
		}
		i++;
	}
}

int64_t programs_deadline(const struct programs *programs, const struct uplink *uplink)
{
	int64_t deadline_ns = INT64_MAX;

	for (size_t i = 0; i < programs->count; i++) {
		const struct program *program = programs->program[i];

		if (!program->reaped || program->over || program->stream[0].owed ||
		    program->stream[1].owed || (uplink->blocked && !program->detached))
			continue;
		if (program->linger_ns < deadline_ns)
			deadline_ns = program->linger_ns;
	}
	return deadline_ns;
}

void programs_release(struct programs *programs)
{
	for (size_t i = 0; i < programs->count; i++) {
		if (!programs->program[i]->reaped)
			kill(-programs->program[i]->pid, SIGKILL);
		program_free(programs->program[i]);
	}
	programs->count = 0;
}
