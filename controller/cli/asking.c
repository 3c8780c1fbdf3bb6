/* The part of session.h for requests: sends a request, and shows its replies. */
#include "controller/cli/session.h"

#include "base/clock.h"
#include "controller/cli/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ERROR_BYTES 1024 /* longer messages are cut */
#define FETCH_LIMIT_S 60
#define STOP_LIMIT_S 20 /* seconds to wait for the last reply of a canceled request */
#define LATE_LIMIT_S 1	/* the same, if the time-out canceled the request */

/*
 * Writes the progress ("3 of 10") over the previous progress, in the same line of the terminal.
 * wipe_progress clears that line.
 */
static void show_progress(const json_t *body)
{
	const json_t *done = json_object_get(body, "done"), *count = json_object_get(body, "count");

	if (json_is_integer(done) && json_is_integer(count))
		fprintf(stderr, "\r%lld of %lld ", json_integer_value(done),
			json_integer_value(count));
	fflush(stderr);
}

/* Clears the line of progress, and a ^C that the terminal has echoed behind the progress. */
static void wipe_progress(struct session *session)
{
	fprintf(stderr, "\r                        \r");
	fflush(stderr);
	session->out.mid_line = false;
}

static void complain_of(struct session *session, const struct asking *asking, const json_t *body)
{
	const json_t *node = json_object_get(body, "node");
	char text[ERROR_BYTES], shown[ERROR_BYTES];
	json_int_t id = json_is_integer(node) ? json_integer_value(node) : asking->node;

	limit_kinds_reword(json_string_value(json_object_get(body, "error")), text, sizeof(text));
	/* If the error is about one step of a creation, its text already names the node. */
	if (!asking->names || json_is_true(json_object_get(body, "step"))) {
		session_complain_of(session, text);
		return;
	}
	text_printable(shown, sizeof(shown), text);
	session_complain(session, "%lld: %s", id, shown);
}

/* Shows a reply. Clears *fine if the reply is an error. False: the reply is malformed. */
static bool take_answer(struct session *session, const struct asking *asking, const json_t *body,
			bool *fine)
{
	const struct session_options *options = session->options;
	const char *error = json_string_value(json_object_get(body, "error"));
	struct out unseen = {0};
	bool sense = true;

	if (error)
		*fine = false;
	if (options->json && (error || !options->quiet))
		session_show_json(session, body);
	if (error && options->json && !session->status)
		session->status = STATUS_REFUSED;
	if (error && options->json)
		; /* the line of JSON already shows the error */
	else if (error)
		complain_of(session, asking, body);
	else
		sense = asking->show(body, asking->word,
				     options->json || options->quiet ? &unseen : &session->out);
	out_release(&unseen);
	return sense;
}

/*
 * Cancels the request after ^C or the time-out. The last reply to that request says how far the
 * controller got.
 */
static void stop_asking(struct session *session, uint64_t id)
{
	session->interrupts = 0;
	client_send_about(&session->client, json_pack("{s:s}", "cmd", "cancel"), id, NULL);
}

/*
 * Waits for the next reply: at most `limit_s` seconds, and at most until `end_ns`
 * (CLOCK_MONOTONIC).
 */
static int next_answer(struct session *session, uint64_t id, unsigned int limit_s, int64_t end_ns,
		       struct answer *answer, struct err *err)
{
	int64_t left_ns = end_ns - clock_ns();

	if (left_ns <= 0)
		return err_text(err, -ETIMEDOUT, "no answer within %u s", limit_s);
	if (left_ns < limit_s * NS_PER_S)
		limit_s = (unsigned int)((left_ns + NS_PER_S - 1) / NS_PER_S);
	return session_answer(session, id, limit_s, answer, err);
}

static int take_answers(struct session *session, const struct asking *asking, uint64_t id,
			unsigned int limit_s, bool *fine, struct err *err)
{
	bool more = true, progress = false, stopped = false;
	unsigned int told_s = limit_s;
	/*
	 * Progress reports do not extend the time-out: with --timeout, the whole request must end
	 * within that time.
	 */
	int64_t end_ns = asking->progress && session->options->timeout_s
			     ? clock_ns() + limit_s * NS_PER_S
			     : INT64_MAX;
	int rc = 0;

	while (more) {
		struct answer answer = {0};

		rc = next_answer(session, id, limit_s, end_ns, &answer, err);
		if ((rc == -EINTR || rc == -ETIMEDOUT) && asking->stops && !stopped) {
			stopped = true;
			limit_s = rc == -ETIMEDOUT ? LATE_LIMIT_S : STOP_LIMIT_S;
			end_ns = INT64_MAX;
			if (rc == -ETIMEDOUT)
				session->status = STATUS_TIMED_OUT;
			stop_asking(session, id);
			continue;
		}
		if (rc == -ETIMEDOUT && session->status == STATUS_TIMED_OUT)
			err_text(err, rc, "no answer within %u s", told_s);
		if (rc <= 0)
			break;
		more = answer.more;
		if (more && asking->progress) {
			if (asking->watched)
				show_progress(answer.body);
			progress = asking->watched;
		} else {
			if (progress)
				wipe_progress(session);
			progress = false;
			if (!take_answer(session, asking, answer.body, fine))
				rc = err_text(err, -EPROTO,
					      "the controller's answer makes no sense");
		}
		answer_release(&answer);
		if (rc < 0)
			break;
	}
	if (progress)
		wipe_progress(session);
	return rc;
}

static void give_up(struct session *session, const char *what, int rc, const struct err *err)
{
	if (rc == -ETIMEDOUT)
		session->status = STATUS_TIMED_OUT;
	session_complain(session, "%s: %s", what, err->text);
}

bool session_ask(struct session *session, json_t *request, const struct asking *asking)
{
	unsigned int limit_s = session->options->timeout_s;
	struct err err = {0};
	bool fine = true;
	uint64_t id = 0;
	int rc = client_send(&session->client, request, &id, &err);

	if (!limit_s)
		limit_s = asking->limit_s;
	if (!rc) {
		session->soft_interrupt =
		    asking->stops && (session->interactive || session->options->one_shot);
		rc = take_answers(session, asking, id, limit_s, &fine, &err);
		session->soft_interrupt = false;
		session->interrupts = 0;
	}
	if (rc < 0)
		give_up(session, asking->what, rc, &err);
	return rc > 0 && fine;
}

bool session_fetch(struct session *session, json_t *request, const struct asking *asking,
		   struct answer *answer)
{
	unsigned int limit_s = session->options->timeout_s;
	struct answer got = {0};
	struct err err = {0};
	bool fine = true;
	uint64_t id = 0;
	int rc = client_send(&session->client, request, &id, &err);

	if (!rc)
		rc = session_answer(session, id, limit_s ? limit_s : FETCH_LIMIT_S, &got, &err);
	if (rc < 0)
		give_up(session, asking->what, rc, &err);
	if (rc == 1 && json_object_get(got.body, "error"))
		take_answer(session, asking, got.body, &fine);
	if (rc == 1 && fine) {
		*answer = got;
		return true;
	}
	answer_release(&got);
	return false;
}
