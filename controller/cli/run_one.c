#include "controller/cli/run.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/raw.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define INPUT_WINDOW 8 /* pieces, see docs/api.md */
#define INPUT_BYTES 32768
#define CREDIT_PIECES 8 /* give credit after so many pieces of output: half of the window */
#define PATIENCE 3	/* the third ^C kills the program; the fourth ends the session */

struct one {
	struct session *session;
	uint64_t id;
	uint32_t node;
	struct raw raw;
	bool over;	   /* the program's last reply has come */
	bool late;	   /* --timeout is over, and the program is canceled */
	bool killed;	   /* the program was killed because of `late` */
	bool input;	   /* more input may come */
	unsigned int way;  /* pieces of input that are sent, but not taken by the program yet */
	unsigned int owed; /* pieces of output that are received, but not credited yet */
	unsigned int interrupts;
	int64_t deadline_ns;
};

static void show_output(struct one *one, const struct answer *answer, enum run_stream stream)
{
	struct session *session = one->session;

	if (stream == RUN_STDOUT) {
		out_raw(&session->out, answer->data, answer->len);
		session_flush(session);
		return;
	}
	session_flush(session);
	out_raw(&session->errs, answer->data, answer->len);
	session_flush_errs(session);
	/*
	 * On a terminal both streams go to the same screen, so both have their next text in the
	 * same column.
	 */
	if (session->interactive)
		session->out.mid_line = session->errs.mid_line;
}

static bool take_piece(struct one *one, const struct answer *answer)
{
	const json_t *taken = json_object_get(answer->body, "taken");
	enum run_stream stream = run_stream_of(answer->body);

	if (stream == RUN_NO_STREAM) {
		if (!taken)
			return true; /* a reply without data: a sign of life */
		if (json_integer_value(taken) == 0)
			one->input = false;
		if (json_integer_value(taken) > one->way)
			return false;
		one->way -= (unsigned int)json_integer_value(taken);
		return true;
	}
	if (one->session->options->json)
		run_show_json(one->session, answer, one->node);
	else
		show_output(one, answer, stream);
	if (++one->owed >= CREDIT_PIECES) {
		run_tell(one->session, one->id, "credit", "chunks", one->owed);
		one->owed = 0;
	}
	return true;
}

/*
 * Handles the program's last reply. For a one_shot command the program's exit status becomes
 * bonsai's; otherwise shows the exit status as a line.
 */
static bool take_end(struct one *one, const struct answer *answer)
{
	struct session *session = one->session;
	const char *error = json_string_value(json_object_get(answer->body, "error"));
	const json_t *program = json_object_get(answer->body, "program");
	int status = run_status(answer->body);

	one->over = true;
	one->killed = one->late && run_was_killed(answer->body);
	raw_leave(&one->raw);
	if (one->killed && !session->options->json)
		return true;
	if (session->options->json) {
		run_show_json(session, answer, one->node);
		session->status = status;
		return status >= 0;
	}
	if (program && !session->options->quiet)
		out_line(&session->out, "OK: %u program %lld", one->node,
			 json_integer_value(program));
	if (program)
		return true;
	if (!session->options->one_shot)
		return show_ended(answer->body, &session->out);
	if (error)
		session_complain_of(session, error);
	session->status = status;
	return status >= 0;
}

/* Takes the replies that have come. Returns 0, or a negative errno such as -EPROTO. */
static int take_answers(struct one *one, struct err *err)
{
	struct session *session = one->session;
	int rc = 1;

	for (int i = 0; i < TURN_ANSWERS && !one->over && !session->end && !session->interrupts;
	     i++) {
		struct answer answer = {0};
		bool sense = true;

		rc = client_next(&session->client, &answer, err);
		if (rc <= 0)
			return rc;
		/*
		 * Ignore replies to other requests: those are late replies to requests that bonsai
		 * gave up.
		 */
		if (answer.id == one->id || answer.id == CLIENT_NO_ID)
			sense = answer.more ? take_piece(one, &answer) : take_end(one, &answer);
		answer_release(&answer);
		if (!sense)
			return err_text(err, -EPROTO, "the controller's answer makes no sense");
	}
	return 0;
}

static void send_input(struct one *one)
{
	char data[INPUT_BYTES];
	ssize_t got = read(STDIN_FILENO, data, sizeof(data));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* An error of read(2) counts as the end of the input. */
	if (got < 0)
		got = 0;
	one->input = got > 0;
	one->way += got > 0;
	client_send_input(&one->session->client, one->id, data, (size_t)got, NULL);
}

/*
 * Sends SIGINT to the program for each ^C. Cancels a program that ignored earlier ^C, at number
 * PATIENCE; the next ^C ends the session.
 */
static void take_interrupts(struct one *one)
{
	struct session *session = one->session;

	for (; session->interrupts; session->interrupts--) {
		one->interrupts++;
		if (one->interrupts > PATIENCE) {
			session->end = SESSION_SIGNALLED;
			session->signal = SIGINT;
		} else if (one->interrupts == PATIENCE) {
			run_tell(session, one->id, "cancel", NULL, 0);
		} else {
			run_tell(session, one->id, "exec_signal", "signal", SIGINT);
		}
	}
}

static void tell_size(struct one *one)
{
	uint16_t rows, columns;

	raw_size(&rows, &columns);
	client_send_about(
	    &one->session->client,
	    json_pack("{s:s, s:i, s:i}", "cmd", "resize", "rows", rows, "columns", columns),
	    one->id, NULL);
}

static void take_terminal_signals(struct one *one)
{
	struct session *session = one->session;

	if (session->suspended) {
		session->suspended = false;
		raw_leave(&one->raw);
		raise(SIGSTOP);
		raw_enter(&one->raw, NULL);
		session->resized = true;
	}
	if (session->resized) {
		session->resized = false;
		tell_size(one);
	}
}

/*
 * When --timeout is over: cancels the program and sets a new deadline, RUN_LATE_NS from now, for
 * the program's last reply. Fails if that deadline is over too.
 */
static int take_deadline(struct one *one, struct err *err)
{
	if (one->late)
		return err_text(err, -ETIMEDOUT, "no answer within %u s; it may still run",
				one->session->options->timeout_s);
	one->late = true;
	one->deadline_ns = clock_ns() + RUN_LATE_NS;
	run_bound_output(one->session, one->deadline_ns);
	run_tell(one->session, one->id, "cancel", NULL, 0);
	return 0;
}

static int follow(struct one *one, struct err *err)
{
	struct session *session = one->session;
	int rc = 0;

	while (rc == 0 && !one->over && !session->end) {
		bool reads = one->input && one->way < INPUT_WINDOW;
		unsigned int ready = session_wait(session, WAIT_ANSWER | (reads ? WAIT_INPUT : 0),
						  run_wait_ms(one->deadline_ns));

		rc = take_answers(one, err);
		/* Write the events that came meanwhile, and the lines of JSON that are gathered. */
		if (!one->raw.held)
			session_flush(session);
		if ((ready & WAIT_INPUT) && !one->over)
			send_input(one);
		take_interrupts(one);
		if (one->raw.held)
			take_terminal_signals(one);
		if (rc == 0 && !one->over && clock_ns() >= one->deadline_ns)
			rc = take_deadline(one, err);
	}
	if (rc == 0 && one->killed)
		rc = err_text(err, -ETIMEDOUT, "not ended after %u s, and killed",
			      session->options->timeout_s);
	return rc;
}

static json_t *request_for(const struct run_spec *spec, uint32_t node, bool input)
{
	json_t *request = run_request(spec, node, input && !spec->terminal);
	uint16_t rows, columns;

	if (request && spec->terminal) {
		raw_size(&rows, &columns);
		json_object_set_new(request, "terminal",
				    json_pack("{s:i, s:i}", "rows", rows, "columns", columns));
	}
	return request;
}

/*
 * While `hold` is set, the operator's keys are for the program. The session only counts ^C and, for
 * a program with a terminal, notes SIGTSTP and SIGWINCH.
 */
static void hold_signals(struct session *session, const struct run_spec *spec, bool hold)
{
	session->soft_interrupt = hold && (session->interactive || session->options->one_shot);
	if (spec->terminal)
		session_take_terminal(session, hold);
}

void run_one(struct session *session, const struct run_spec *spec, uint32_t node)
{
	/*
	 * In a session that reads commands from standard input, the program gets no standard input:
	 * the next line there is a command.
	 */
	bool input = session->options->one_shot && !spec->no_input && !spec->detach;
	struct one one = {.session = session,
			  .node = node,
			  .input = input || spec->terminal,
			  .deadline_ns = run_deadline_ns(session)};
	struct err err = {0};
	int rc = 0;

	run_bound_output(session, one.deadline_ns);
	session_flush(session);
	if (spec->terminal)
		rc = raw_enter(&one.raw, &err);
	if (rc == 0)
		rc = client_send(&session->client, request_for(spec, node, input), &one.id, &err);
	if (rc == 0) {
		hold_signals(session, spec, true);
		rc = follow(&one, &err);
		hold_signals(session, spec, false);
	}
	raw_leave(&one.raw);
	/* bonsai handles no more replies of this program, so cancel the program. */
	if (one.id && !one.over)
		run_tell(session, one.id, "cancel", NULL, 0);
	if (rc == -ETIMEDOUT)
		session->status = STATUS_TIMED_OUT;
	if (rc)
		session_complain(session, "exec: %s", err.text);
	run_bound_output(session, INT64_MAX);
}
