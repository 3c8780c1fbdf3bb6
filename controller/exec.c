#include "controller/exec.h"

#include "controller/batch.h"
#include "controller/daemon.h"
#include "controller/members.h"
#include "controller/pending.h"
#include "controller/query.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#define WINDOW 16      /* pieces of output on their way to a client; see docs/api.md */
#define INPUTS_MAX 256 /* programs with an input; all their windows of input fit a hop's queue */
#define CANCEL_LIMIT_MS 5000 /* for the node to report the end of a cancelled program */
#define PROBE_MS 5000	     /* interval of checks whether a silent program's client is there */
#define NOT_FOUND_STATUS 127 /* as sh does */
#define NOT_STARTED_STATUS 126

struct run {
	uint64_t owed;	    /* output pieces that the client has not given back by credit */
	uint64_t input_way; /* pieces of input on their way to the program */
	bool input;	    /* more input may follow */
	bool detached;
	bool cancelled;
	char program[]; /* the program's name, for the error if it cannot be started */
};

/*
 * Sends the node a message that steers the program of request `number`. The body is the numbers
 * `values`.
 */
static void steer(struct daemon *daemon, uint8_t type, uint32_t node, uint64_t number,
		  const uint64_t *values, uint32_t count)
{
	struct wire_header header = {.type = type, .target = node, .request = number};
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, count);
	for (uint32_t i = 0; i < count; i++)
		wire_put_uint(&body, values[i]);
	trunk_send(&daemon->trunk, header, &body, NULL);
	wire_body_release(&body);
}

static void send_credit(struct daemon *daemon, uint32_t node, uint64_t number, uint64_t chunks)
{
	steer(daemon, WIRE_CREDIT, node, number, &chunks, 1);
}

static void cancel(struct daemon *daemon, struct pending *pending)
{
	struct run *run = pending->own;

	if (run->cancelled)
		return;
	run->cancelled = true;
	send_credit(daemon, pending->target, pending->number, 0);
	pending_set_limit(daemon, pending, CANCEL_LIMIT_MS);
}

/*
 * Sends the client a reply that is not the last. If the client has disconnected, cancels the
 * program: nobody can get its result.
 */
static void say(struct daemon *daemon, struct pending *pending, json_t *members, const void *data,
		size_t len)
{
	if (api_answer_bytes(&daemon->api, &pending->asker, members, data, len) == 0)
		return;
	pending->asker.len = 0;
	cancel(daemon, pending);
}

void exec_end_stray(struct daemon *daemon, const struct wire_header *header)
{
	send_credit(daemon, header->source, header->request, 0);
}

static bool broken(struct daemon *daemon, struct pending *pending)
{
	send_credit(daemon, pending->target, pending->number, 0);
	api_refuse(&daemon->api, &pending->asker, -EPROTO,
		   "node %u answered something that is no answer", pending->target);
	return true;
}

static bool pass_on(struct daemon *daemon, struct pending *pending, uint64_t stream,
		    struct wire_reader *body)
{
	struct run *run = pending->own;
	const void *data;
	size_t len;

	if ((stream != STREAM_STDOUT && stream != STREAM_STDERR) ||
	    !wire_get_bin(body, &data, &len) || !wire_reader_done(body) ||
	    len > WIRE_CHUNK_MAX_BYTES)
		return broken(daemon, pending);
	if (run->cancelled)
		return false;
	run->owed++;
	say(daemon, pending,
	    json_pack("{s:s, s:b}", "stream", stream == STREAM_STDOUT ? "stdout" : "stderr", "more",
		      1),
	    data, len);
	return false;
}

static bool tell_taken(struct daemon *daemon, struct pending *pending, struct wire_reader *body)
{
	struct run *run = pending->own;
	uint64_t pieces;

	if (!wire_get_uint(body, &pieces) || !wire_reader_done(body) || pieces > run->input_way)
		return broken(daemon, pending);
	run->input_way -= pieces;
	if (!pieces)
		run->input = false;
	if (!run->cancelled)
		say(daemon, pending,
		    json_pack("{s:I, s:b}", "taken", (json_int_t)pieces, "more", 1), NULL, 0);
	return false;
}

static bool tell_end(struct daemon *daemon, struct pending *pending, struct wire_reader *body)
{
	const struct run *run = pending->own;
	json_t *members = NULL;
	uint64_t how, value;

	if (!wire_get_uint(body, &how) || !wire_get_uint(body, &value) || !wire_reader_done(body) ||
	    how > END_RUNNING || value > INT_MAX || (how == END_RUNNING && !run->detached))
		return broken(daemon, pending);
	if (how == END_EXITED) {
		members = json_pack("{s:I}", "exit", (json_int_t)value);
	} else if (how == END_SIGNALLED) {
		members = json_pack("{s:I}", "signal", (json_int_t)value);
	} else if (how == END_RUNNING) {
		members = json_pack("{s:I}", "program", (json_int_t)value);
	} else {
		struct err err;

		err_errno(&err, -(int)value, "%.150s", run->program);
		members = json_pack("{s:i}", "exit",
				    value == ENOENT ? NOT_FOUND_STATUS : NOT_STARTED_STATUS);
		api_put_error(members, &err);
	}
	api_answer(&daemon->api, &pending->asker, members);
	return true;
}

static bool replied(struct daemon *daemon, struct pending *pending,
		    const struct wire_header *header, struct wire_reader *body)
{
	uint64_t stream;
	uint32_t members;

	if (!wire_get_array(body, &members) || members != 2)
		return broken(daemon, pending);
	if (!(header->flags & WIRE_MORE))
		return tell_end(daemon, pending, body);
	if (!wire_get_uint(body, &stream))
		return broken(daemon, pending);
	return stream == STREAM_TAKEN ? tell_taken(daemon, pending, body)
				      : pass_on(daemon, pending, stream, body);
}

/*
 * While the program is silent, the client gets no output whose failure would show that it has
 * disconnected. So send the client an empty reply now and then.
 */
static bool probe(struct daemon *daemon, struct pending *pending)
{
	const struct run *run = pending->own;

	if (run->cancelled)
		return false;
	pending_set_limit(daemon, pending, PROBE_MS);
	say(daemon, pending, json_pack("{s:b}", "more", 1), NULL, 0);
	return true;
}

static void failed(struct daemon *daemon, struct pending *pending, const struct err *err)
{
	/*
	 * If the node comes back later, no client reads the program's output: tell the node to end
	 * the program.
	 */
	send_credit(daemon, pending->target, pending->number, 0);
	api_error(&daemon->api, &pending->asker, err);
}

static void release(struct pending *pending)
{
	free(pending->own);
}

static const struct pending_kind exec_kind = {
    .name = "exec",
    .reply = replied,
    .fail = failed,
    .expire = probe,
    .release = release,
};

/* --- starting one --- */

/* The members of an exec request; all values are borrowed from it. */
struct wanted {
	json_int_t node;
	json_t *argv, *env;
	const char *dir;
	int input, detach;
	json_t *terminal;
	json_int_t rows, columns;
};

/* Reads the members of an exec request. Returns NULL, or a text that says what is wrong. */
static const char *take_members(json_t *request, struct wanted *wanted, struct err *error)
{
	*wanted = (struct wanted){.dir = "/"};
	if (members_take(request, error, "{s:I, s:o, s?o, s?s, s?b, s?b, s?o}", "node",
			 &wanted->node, "argv", &wanted->argv, "env", &wanted->env, "dir",
			 &wanted->dir, "input", &wanted->input, "detach", &wanted->detach,
			 "terminal", &wanted->terminal) < 0)
		return error->text;
	if (*wanted->dir != '/')
		return "dir must be an absolute path";
	if (wanted->terminal && members_take(wanted->terminal, error, "{s:I, s:I}", "rows",
					     &wanted->rows, "columns", &wanted->columns) < 0) {
		err_wrap(error, "terminal");
		return error->text;
	}
	if (wanted->rows < 0 || wanted->rows > UINT16_MAX || wanted->columns < 0 ||
	    wanted->columns > UINT16_MAX)
		return "a terminal has 0 to 65535 rows and columns";
	/* A program with a terminal always has an input. */
	wanted->input |= wanted->terminal != NULL;
	if (wanted->detach && wanted->input)
		return "what is detached has no input and no terminal";
	return NULL;
}

static bool put_strings(struct wire_body *body, const json_t *array, bool variables)
{
	wire_put_array(body, (uint32_t)json_array_size(array));
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *string = json_string_value(json_array_get(array, i));

		if (!string || (variables && (*string == '=' || !strchr(string, '='))))
			return false;
		wire_put_str(body, string);
	}
	return true;
}

static const char *put_wanted(struct wire_body *body, const struct wanted *wanted)
{
	uint64_t flags = (wanted->input ? RUN_INPUT : 0) | (wanted->terminal ? RUN_TERMINAL : 0) |
			 (wanted->detach ? RUN_DETACHED : 0);

	wire_put_array(body, 8);
	wire_put_uint(body, OP_RUN);
	/* An empty program name is not rejected: the start fails with ENOENT, as in sh. */
	if (!json_array_size(wanted->argv) || !put_strings(body, wanted->argv, false))
		return "argv must be an array of strings, a program first";
	if ((wanted->env && !json_is_array(wanted->env)) || !put_strings(body, wanted->env, true))
		return "env must be an array of strings, NAME=VALUE";
	wire_put_str(body, wanted->dir);
	wire_put_uint(body, flags);
	wire_put_uint(body, WINDOW);
	wire_put_uint(body, (uint64_t)wanted->rows);
	wire_put_uint(body, (uint64_t)wanted->columns);
	return body->failed ? "argv and env are too long" : NULL;
}

static struct run *make_run(const struct wanted *wanted)
{
	const char *program = json_string_value(json_array_get(wanted->argv, 0));
	struct run *run = calloc(1, sizeof(*run) + strlen(program) + 1);

	if (!run)
		return NULL;
	memcpy(run->program, program, strlen(program) + 1);
	run->input = wanted->input;
	run->detached = wanted->detach;
	return run;
}

static size_t count_inputs(struct daemon *daemon)
{
	struct pending *pending, *next;
	size_t count = 0;

	HASH_ITER(hh, daemon->pendings, pending, next)
		if (pending->kind == &exec_kind)
			count += ((const struct run *)pending->own)->input;
	return count;
}

static void start(struct daemon *daemon, const struct asker *asker, const struct wanted *wanted,
		  const struct wire_body *body)
{
	struct wire_header header = {.type = WIRE_REQUEST, .target = (uint32_t)wanted->node};
	struct pending *pending;
	struct run *run;

	if (wanted->input && count_inputs(daemon) >= INPUTS_MAX) {
		api_refuse(&daemon->api, asker, -EAGAIN, "too many programs with an input at once");
		return;
	}
	run = make_run(wanted);
	if (!run) {
		api_refuse(&daemon->api, asker, -ENOMEM, "the controller is out of memory");
		return;
	}
	pending = pending_add(daemon, &exec_kind, asker, header.target, PROBE_MS);
	if (!pending) {
		free(run);
		return;
	}
	pending->own = run;
	pending_send(daemon, pending, header, body);
}

void exec_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct wire_body body = WIRE_BODY_INIT;
	struct wanted wanted;
	struct err err;
	const char *wrong = take_members(request, &wanted, &err);

	if (!wrong)
		wrong = put_wanted(&body, &wanted);
	if (wrong)
		api_refuse(&daemon->api, asker, -EINVAL, "%s", wrong);
	else if (query_target(daemon, asker, wanted.node))
		start(daemon, asker, &wanted, &body);
	wire_body_release(&body);
}

/*
 * --- steering a program ---
 * These commands have no replies, since an error with the request's id would look like the end of
 * the program. So an invalid or late command is ignored.
 */

static struct pending *find_steered(struct daemon *daemon, const struct asker *asker)
{
	struct pending *pending = pending_find(daemon, &exec_kind, asker);

	return pending && !((const struct run *)pending->own)->cancelled ? pending : NULL;
}

void exec_credit_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct pending *pending = find_steered(daemon, asker);
	json_int_t chunks;
	struct run *run;

	if (!pending || json_unpack(request, "{s:I !}", "chunks", &chunks) < 0 || chunks <= 0)
		return;
	run = pending->own;
	if ((uint64_t)chunks > run->owed)
		chunks = (json_int_t)run->owed;
	if (!chunks)
		return;
	run->owed -= (uint64_t)chunks;
	send_credit(daemon, pending->target, pending->number, (uint64_t)chunks);
}

void exec_input_command(struct daemon *daemon, const struct asker *asker, json_t *request,
			zmq_msg_t *data)
{
	struct pending *pending = find_steered(daemon, asker);
	struct wire_header header = {.type = WIRE_INPUT};
	struct wire_body body = WIRE_BODY_INIT;
	struct run *run = pending ? pending->own : NULL;
	size_t len = zmq_msg_size(data);

	if (!run || !run->input || json_object_size(request))
		return;
	if (len > WIRE_CHUNK_MAX_BYTES || (len && run->input_way == INPUT_WINDOW)) {
		/*
		 * The client has sent more input than the window allows. If one piece is lost, the
		 * rest of the input is worthless: cancel the program.
		 */
		cancel(daemon, pending);
		return;
	}
	run->input_way += len > 0;
	run->input = len > 0;
	header.target = pending->target;
	header.request = pending->number;
	wire_put_array(&body, 1);
	wire_put_bin(&body, zmq_msg_data(data), len);
	if (trunk_send(&daemon->trunk, header, &body, NULL) < 0)
		cancel(daemon, pending);
	wire_body_release(&body);
}

void exec_signal_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct pending *pending = find_steered(daemon, asker);
	json_int_t number;
	uint64_t value;

	if (!pending || json_unpack(request, "{s:I !}", "signal", &number) < 0 || number < 1 ||
	    number >= NSIG)
		return;
	value = (uint64_t)number;
	steer(daemon, WIRE_SIGNAL, pending->target, pending->number, &value, 1);
}

void exec_resize_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct pending *pending = find_steered(daemon, asker);
	json_int_t rows, columns;

	if (!pending ||
	    json_unpack(request, "{s:I, s:I !}", "rows", &rows, "columns", &columns) < 0 ||
	    rows < 0 || rows > UINT16_MAX || columns < 0 || columns > UINT16_MAX)
		return;
	steer(daemon, WIRE_RESIZE, pending->target, pending->number,
	      (const uint64_t[]){(uint64_t)rows, (uint64_t)columns}, 2);
}

void exec_cancel_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct pending *pending = pending_find(daemon, &exec_kind, asker);

	(void)request;
	if (pending)
		cancel(daemon, pending);
	else
		batch_cancel(daemon, asker);
}
