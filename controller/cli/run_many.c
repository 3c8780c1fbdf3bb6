#include "controller/cli/run.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/text.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 64	 /* programs that run at a time; other nodes wait for a free place */
#define LINE_BYTES 65536 /* longest incomplete line to keep before showing it */
#define CREDIT_PIECES 4
#define SUMMARY_BYTES 2000 /* longest list of failed nodes in the summary */

/* The beginning of a line of output whose end has not come yet. */
struct partial {
	char *data;
	size_t len;
};

struct one {
	uint32_t node;
	uint64_t id; /* the id of the `exec` request; 0: this place is free */
	unsigned int owed;
	struct partial partial[2];
};

struct many {
	struct session *session;
	const struct run_spec *spec;
	const uint32_t *node;
	size_t nodes, next, ended, failed;
	bool late;		/* --timeout is over, and all programs are canceled */
	size_t killed, skipped; /* because of `late`: programs killed; nodes not started */
	size_t left;		/* nodes not started because of ^C */
	struct one one[AT_ONCE];
	size_t running;
	struct out failures;
	int status; /* the greatest exit status of all programs */
	unsigned int interrupts;
	int64_t deadline_ns;
};

static void show_line(struct many *many, uint32_t node, enum run_stream stream, const char *head,
		      size_t head_len, const char *tail, size_t tail_len)
{
	struct session *session = many->session;
	struct out *out = stream == RUN_STDOUT ? &session->out : &session->errs;

	out_add(out, "%u: ", node);
	out_raw(out, head, head_len);
	out_raw(out, tail, tail_len);
	out_fresh_line(out);
}

static void flush_partial(struct many *many, struct one *one, enum run_stream stream)
{
	struct partial *partial = &one->partial[stream - RUN_STDOUT];

	if (partial->len)
		show_line(many, one->node, stream, partial->data, partial->len, "", 0);
	free(partial->data);
	*partial = (struct partial){0};
}

static void keep_partial(struct many *many, struct one *one, enum run_stream stream,
			 const char *data, size_t len)
{
	struct partial *partial = &one->partial[stream - RUN_STDOUT];
	char *grown = len ? realloc(partial->data, partial->len + len) : NULL;

	if (!len)
		return;
	/* If memory runs out, or the line is too long, show the gathered part of the line now. */
	if (!grown || partial->len + len > LINE_BYTES) {
		if (grown)
			partial->data = grown;
		show_line(many, one->node, stream, partial->data, partial->len, data, len);
		partial->len = 0;
		return;
	}
	memcpy(grown + partial->len, data, len);
	*partial = (struct partial){grown, partial->len + len};
}

static void show_output(struct many *many, struct one *one, enum run_stream stream,
			const char *data, size_t len)
{
	struct partial *partial = &one->partial[stream - RUN_STDOUT];
	const char *newline;

	while (len && (newline = memchr(data, '\n', len))) {
		size_t part = (size_t)(newline - data) + 1;

		show_line(many, one->node, stream, partial->data, partial->len, data, part);
		partial->len = 0;
		data += part;
		len -= part;
	}
	keep_partial(many, one, stream, data, len);
}

static void note_failure(struct many *many, uint32_t node, const json_t *body, int status)
{
	const char *error = json_string_value(json_object_get(body, "error"));
	char shown[120];

	many->failed++;
	if (status > many->status)
		many->status = status;
	if (many->failures.len > SUMMARY_BYTES)
		return;
	text_printable(shown, sizeof(shown), error ? error : "");
	out_add(&many->failures, "%s%u (", many->failed > 1 ? ", " : "", node);
	if (error)
		out_add(&many->failures, "%s)", shown);
	else
		out_add(&many->failures, run_was_killed(body) ? "signal %d)" : "exit %d)",
			run_was_killed(body) ? status - 128 : status);
	if (many->failures.len > SUMMARY_BYTES)
		out_add(&many->failures, ", …");
}

static bool take_end(struct many *many, struct one *one, const struct answer *answer)
{
	const json_t *program = json_object_get(answer->body, "program");
	int status = run_status(answer->body);
	struct session *session = many->session;

	if (status < 0)
		return false;
	flush_partial(many, one, RUN_STDOUT);
	flush_partial(many, one, RUN_STDERR);
	if (session->options->json)
		run_show_json(session, answer, one->node);
	else if (program && !session->options->quiet)
		out_line(&session->out, "OK: %u program %lld", one->node,
			 json_integer_value(program));
	if (status)
		note_failure(many, one->node, answer->body, status);
	many->killed += many->late && run_was_killed(answer->body);
	one->id = 0;
	many->running--;
	many->ended++;
	return true;
}

static bool take_answer(struct many *many, const struct answer *answer)
{
	enum run_stream stream = run_stream_of(answer->body);
	struct one *one = NULL;

	for (size_t i = 0; i < AT_ONCE; i++)
		if (many->one[i].id && many->one[i].id == answer->id)
			one = &many->one[i];
	if (!one)
		return true; /* a late reply to another request */
	if (!answer->more)
		return take_end(many, one, answer);
	if (stream == RUN_NO_STREAM)
		return true;
	if (many->session->options->json)
		run_show_json(many->session, answer, one->node);
	else
		show_output(many, one, stream, answer->data, answer->len);
	if (++one->owed >= CREDIT_PIECES) {
		run_tell(many->session, one->id, "credit", "chunks", one->owed);
		one->owed = 0;
	}
	return true;
}

static int start_more(struct many *many, struct err *err)
{
	for (size_t i = 0; i < AT_ONCE && many->next < many->nodes; i++) {
		struct one *one = &many->one[i];
		uint32_t node = many->node[many->next];
		int rc;

		if (one->id)
			continue;
		*one = (struct one){.node = node};
		rc = client_send(&many->session->client, run_request(many->spec, node, false),
				 &one->id, err);
		if (rc < 0)
			return rc;
		many->next++;
		many->running++;
	}
	return 0;
}

static void tell_all(struct many *many, const char *cmd, const char *member, unsigned int number)
{
	for (size_t i = 0; i < AT_ONCE; i++)
		if (many->one[i].id)
			run_tell(many->session, many->one[i].id, cmd, member, number);
}

/*
 * The first ^C sends SIGINT to the running programs, and bonsai starts no more programs. The second
 * ^C kills the programs. The third ^C ends the session.
 */
static void take_interrupts(struct many *many)
{
	struct session *session = many->session;

	for (; session->interrupts; session->interrupts--) {
		many->left += many->nodes - many->next;
		many->nodes = many->next;
		if (++many->interrupts > 2) {
			session->end = SESSION_SIGNALLED;
			session->signal = SIGINT;
		} else if (many->interrupts == 2) {
			tell_all(many, "cancel", NULL, 0);
		} else {
			tell_all(many, "exec_signal", "signal", SIGINT);
		}
	}
}

static int take_answers(struct many *many, struct err *err)
{
	struct session *session = many->session;
	int rc = 1;

	for (int i = 0; i < TURN_ANSWERS && rc > 0 && !session->end; i++) {
		struct answer answer = {0};

		rc = client_next(&session->client, &answer, err);
		if (rc > 0 && !take_answer(many, &answer))
			rc = err_text(err, -EPROTO, "the controller's answer makes no sense");
		answer_release(&answer);
	}
	return rc < 0 ? rc : 0;
}

static const char *programs(size_t count)
{
	return count == 1 ? "program" : "programs";
}

/*
 * When --timeout is over: cancels all programs and sets a new deadline, RUN_LATE_NS from now, for
 * their last replies. Fails if that deadline is over too.
 */
static int take_deadline(struct many *many, struct err *err)
{
	if (many->late)
		return err_text(
		    err, -ETIMEDOUT, "no answer of %zu %s within %u s; they may still run",
		    many->running, programs(many->running), many->session->options->timeout_s);
	many->late = true;
	many->deadline_ns = clock_ns() + RUN_LATE_NS;
	run_bound_output(many->session, many->deadline_ns);
	many->skipped = many->nodes - many->next;
	many->nodes = many->next;
	tell_all(many, "cancel", NULL, 0);
	return 0;
}

static int tell_late(const struct many *many, struct err *err)
{
	unsigned int timeout_s = many->session->options->timeout_s;

	if (many->skipped)
		return err_text(err, -ETIMEDOUT,
				"%zu %s not ended after %u s, and killed; %zu not started",
				many->killed, programs(many->killed), timeout_s, many->skipped);
	return err_text(err, -ETIMEDOUT, "%zu %s not ended after %u s, and killed", many->killed,
			programs(many->killed), timeout_s);
}

static int follow(struct many *many, struct err *err)
{
	struct session *session = many->session;
	int rc = start_more(many, err);

	while (rc == 0 && many->running && !session->end) {
		session_wait(session, WAIT_ANSWER, run_wait_ms(many->deadline_ns));
		rc = take_answers(many, err);
		session_flush(session);
		session_flush_errs(session);
		take_interrupts(many);
		if (rc == 0)
			rc = start_more(many, err);
		if (rc == 0 && many->running && clock_ns() >= many->deadline_ns)
			rc = take_deadline(many, err);
	}
	if (rc == 0 && (many->killed || many->skipped))
		rc = tell_late(many, err);
	return rc;
}

static void sum_up(struct many *many)
{
	struct session *session = many->session;
	struct out *errs = session->options->one_shot ? &session->errs : &session->out;

	session->status = many->status;
	if (many->left && session->status < 128 + SIGINT)
		session->status = 128 + SIGINT;
	/* --quiet hides the summary if all programs succeeded, but not if one failed. */
	if (session->options->json || (session->options->quiet && !many->failed && !many->left))
		return;
	session_flush(session);
	out_fresh_line(errs);
	out_add(errs, "%zu done", many->ended - many->failed);
	if (many->left)
		out_add(errs, ", %zu not started", many->left);
	if (many->failed)
		out_add(errs, ", %zu failed: %.*s", many->failed, (int)many->failures.len,
			many->failures.data);
	out_fresh_line(errs);
	session_flush_errs(session);
}

void run_many(struct session *session, const struct run_spec *spec, const uint32_t *nodes,
	      size_t count)
{
	struct many many = {.session = session,
			    .spec = spec,
			    .node = nodes,
			    .nodes = count,
			    .deadline_ns = run_deadline_ns(session)};
	struct err err = {0};
	int rc;

	run_bound_output(session, many.deadline_ns);
	session->soft_interrupt = session->interactive || session->options->one_shot;
	rc = follow(&many, &err);
	session->soft_interrupt = false;
	tell_all(&many, "cancel", NULL, 0);
	for (size_t i = 0; i < AT_ONCE; i++)
		for (size_t j = 0; j < ARRAY_SIZE(many.one[i].partial); j++)
			free(many.one[i].partial[j].data);
	if (!session->end)
		sum_up(&many);
	if (rc == -ETIMEDOUT)
		session->status = STATUS_TIMED_OUT;
	if (rc)
		session_complain(session, "exec: %s", err.text);
	run_bound_output(session, INT64_MAX);
	out_release(&many.failures);
}
