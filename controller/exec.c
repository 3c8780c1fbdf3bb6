#include "controller/exec.h"

#include "controller/daemon.h"
#include "controller/pending.h"
#include "controller/query.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define WINDOW 16	     /* pieces on their way to the operator; docs/api.md says so */
#define CANCEL_LIMIT_MS 5000 /* until the node has said how a cancelled program ended */
#define NOT_FOUND_STATUS 127 /* as sh does */
#define NOT_STARTED_STATUS 126

struct run {
	uint64_t owed; /* pieces sent to the operator and not given back */
	bool cancelled;
	char program[]; /* for the error when it can't be started */
};

static void send_credit(struct daemon *daemon, uint32_t node, uint64_t number, uint64_t chunks)
{
	struct wire_header header = {.type = WIRE_CREDIT, .target = node, .request = number};
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 1);
	wire_put_uint(&body, chunks);
	trunk_send(&daemon->trunk, header, &body, NULL);
	wire_body_release(&body);
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

void exec_end_stray(struct daemon *daemon, const struct wire_header *header)
{
	send_credit(daemon, header->source, header->request, 0);
}

static bool broken(struct daemon *daemon, struct pending *pending)
{
	send_credit(daemon, pending->target, pending->number, 0);
	api_error(&daemon->api, &pending->asker, "node %u answered something that is no answer",
		  pending->target);
	return true;
}

static bool pass_on(struct daemon *daemon, struct pending *pending, struct wire_reader *body)
{
	struct run *run = pending->own;
	const void *data;
	uint64_t stream;
	size_t len;

	if (!wire_get_uint(body, &stream) || (stream != STREAM_STDOUT && stream != STREAM_STDERR) ||
	    !wire_get_bin(body, &data, &len) || !wire_reader_done(body) ||
	    len > WIRE_CHUNK_MAX_BYTES)
		return broken(daemon, pending);
	if (run->cancelled)
		return false;
	run->owed++;
	if (api_answer_bytes(&daemon->api, &pending->asker,
			     json_pack("{s:s, s:b}", "stream",
				       stream == STREAM_STDOUT ? "stdout" : "stderr", "more", 1),
			     data, len) < 0) {
		/* Its operator is gone: nobody is there to tell how it ended. */
		pending->asker.len = 0;
		cancel(daemon, pending);
	}
	return false;
}

static bool tell_end(struct daemon *daemon, struct pending *pending, struct wire_reader *body)
{
	const struct run *run = pending->own;
	json_t *members = NULL;
	uint64_t how, value;

	if (!wire_get_uint(body, &how) || !wire_get_uint(body, &value) || !wire_reader_done(body) ||
	    how > END_NOT_STARTED || value > INT_MAX)
		return broken(daemon, pending);
	if (how == END_EXITED) {
		members = json_pack("{s:I}", "exit", (json_int_t)value);
	} else if (how == END_SIGNALLED) {
		members = json_pack("{s:I}", "signal", (json_int_t)value);
	} else {
		struct err err;

		err_errno(&err, -(int)value, "%.150s", run->program);
		members = json_pack("{s:s, s:i}", "error", err.text, "exit",
				    value == ENOENT ? NOT_FOUND_STATUS : NOT_STARTED_STATUS);
		/* The name may have been cut within a character. */
		if (!members)
			members = json_pack("{s:s, s:i}", "error", strerror((int)value), "exit",
					    NOT_STARTED_STATUS);
	}
	api_answer(&daemon->api, &pending->asker, members);
	return true;
}

static bool replied(struct daemon *daemon, struct pending *pending,
		    const struct wire_header *header, struct wire_reader *body)
{
	uint32_t members;

	if (!wire_get_array(body, &members) || members != 2)
		return broken(daemon, pending);
	return header->flags & WIRE_MORE ? pass_on(daemon, pending, body)
					 : tell_end(daemon, pending, body);
}

static void failed(struct daemon *daemon, struct pending *pending, const char *text)
{
	/* Should the node come back, or never have been away, nobody will take more. */
	send_credit(daemon, pending->target, pending->number, 0);
	api_error(&daemon->api, &pending->asker, "%s", text);
}

static void release(struct pending *pending)
{
	free(pending->own);
}

static const struct pending_kind exec_kind = {
    .name = "exec",
    .reply = replied,
    .fail = failed,
    .release = release,
};

/* True when `argv` is packed: strings, at least one, the first not empty. */
static bool put_argv(struct wire_body *body, const json_t *argv)
{
	size_t count = json_array_size(argv);

	/* The empty name is a program that doesn't exist, as for sh. */
	if (!count)
		return false;
	wire_put_array(body, 3);
	wire_put_uint(body, OP_EXEC);
	wire_put_array(body, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		if (!json_is_string(json_array_get(argv, i)))
			return false;
		wire_put_str(body, json_string_value(json_array_get(argv, i)));
	}
	wire_put_uint(body, WINDOW);
	return true;
}

static struct run *make_run(const char *program)
{
	struct run *run = calloc(1, sizeof(*run) + strlen(program) + 1);

	if (run)
		memcpy(run->program, program, strlen(program) + 1);
	return run;
}

static void start(struct daemon *daemon, const struct asker *asker, uint32_t node,
		  const char *program, const struct wire_body *body)
{
	struct wire_header header = {.type = WIRE_REQUEST, .target = node};
	struct run *run = make_run(program);
	struct pending *pending = NULL;

	if (run)
		pending = pending_add(daemon, &exec_kind, asker, node, PENDING_FOREVER);
	if (!pending) {
		free(run);
		api_error(&daemon->api, asker, "too many requests at once");
		return;
	}
	pending->own = run;
	pending_send(daemon, pending, header, body);
}

void exec_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct wire_body body = WIRE_BODY_INIT;
	struct node *node;
	json_error_t error;
	json_int_t id;
	json_t *argv;

	if (json_unpack_ex(request, &error, JSON_STRICT, "{s:I, s:o}", "node", &id, "argv", &argv) <
	    0)
		api_error(&daemon->api, asker, "%s", error.text);
	else if (!put_argv(&body, argv))
		api_error(&daemon->api, asker, "argv must be an array of strings, a program first");
	else if (body.failed)
		api_error(&daemon->api, asker, "argv is too long");
	else if ((node = query_target(daemon, asker, id)))
		start(daemon, asker, node->id, json_string_value(json_array_get(argv, 0)), &body);
	wire_body_release(&body);
}

void exec_credit_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct pending *pending = pending_find(daemon, &exec_kind, asker);
	json_int_t chunks;
	struct run *run;

	/*
	 * Never answered: by its number an error would be taken for the program's end.
	 * So what is wrong, or late, is passed over.
	 */
	if (!pending || json_unpack(request, "{s:I !}", "chunks", &chunks) < 0 || chunks <= 0)
		return;
	run = pending->own;
	if ((uint64_t)chunks > run->owed)
		chunks = (json_int_t)run->owed;
	if (!chunks || run->cancelled)
		return;
	run->owed -= (uint64_t)chunks;
	send_credit(daemon, pending->target, pending->number, (uint64_t)chunks);
}

void exec_cancel_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct pending *pending = pending_find(daemon, &exec_kind, asker);

	(void)request;
	if (pending)
		cancel(daemon, pending);
}
