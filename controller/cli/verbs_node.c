#include "base/cleanup.h"
#include "controller/cli/ids.h"
#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define LIMIT_S 60
#define BEAT_MIN_MS 10
#define BEAT_MAX_MS 3600000

/* False, with the error shown, if `word` is no node id. */
static bool take_id(struct repl *repl, const char *word, uint32_t *id)
{
	struct err err;

	if (!ids_parse_one(word, id, &err))
		return true;
	out_line(&repl->session->out, "Error: %s", err.text);
	return false;
}

static void tell_about(struct session *session, const char *cmd, uint64_t id)
{
	json_t *request = json_pack("{s:s}", "cmd", cmd);

	if (request && !strcmp(cmd, "credit"))
		json_object_set_new(request, "chunks", json_integer(1));
	client_send_about(&session->client, request, id, NULL);
}

/* Writes a piece of a program's output; false if it is none. */
static bool pass_on(struct session *session, const struct answer *answer)
{
	const char *stream = json_string_value(json_object_get(answer->body, "stream"));

	if (!stream || (strcmp(stream, "stdout") && strcmp(stream, "stderr")))
		return false;
	if (!strcmp(stream, "stdout")) {
		out_raw(&session->out, answer->data, answer->len);
		session_flush(session);
		return true;
	}
	session_flush(session);
	out_raw(&session->errs, answer->data, answer->len);
	session_flush_errs(session);
	/* On a terminal both end up on one screen, so the column is one as well. */
	if (session->interactive)
		session->out.mid_line = session->errs.mid_line;
	return true;
}

/* ^C ends the program; once more, the session. */
static void interrupt(struct session *session, uint64_t id, bool *cancelled)
{
	if (*cancelled && !session->end) {
		session->end = SESSION_SIGNALLED;
		session->signal = SIGINT;
	}
	session->interrupts = 0;
	*cancelled = true;
	tell_about(session, "cancel", id);
}

/* Takes answers until the program has ended. */
static int follow(struct session *session, uint64_t id, struct err *err)
{
	bool more = true, cancelled = false;

	while (more) {
		struct answer answer = {0};
		int rc = session_answer(session, id, 0, &answer, err);
		bool sense;

		if (rc == -EINTR) {
			interrupt(session, id, &cancelled);
			continue;
		}
		if (rc <= 0)
			return rc;
		more = answer.more;
		if (more)
			sense = pass_on(session, &answer);
		else
			sense = show_ended(answer.body, &session->out);
		if (more && sense)
			tell_about(session, "credit", id);
		answer_release(&answer);
		if (!sense)
			return err_text(err, -EPROTO, "the controller's answer makes no sense");
	}
	return 0;
}

static void run_program(struct repl *repl, uint32_t node, char *const *argv, size_t count)
{
	struct session *session = repl->session;
	json_t *words = json_array();
	struct err err = {0};
	uint64_t id = 0;
	int rc;

	/* Without its memory no request: never a program with a word missing. */
	for (size_t i = 0; words && i < count; i++)
		if (json_array_append_new(words, json_string(argv[i])))
			json_decref(steal_ptr(&words));
	rc = client_send(
	    &session->client,
	    json_pack("{s:s,s:I,s:o}", "cmd", "exec", "node", (json_int_t)node, "argv", words), &id,
	    &err);
	if (!rc) {
		session->soft_interrupt = session->interactive;
		rc = follow(session, id, &err);
		session->soft_interrupt = false;
		/* An answer without sense: what else it does nobody will follow. */
		if (rc)
			tell_about(session, "cancel", id);
	}
	if (rc)
		out_line(&session->out, "Error: exec: %s", err.text);
}

int verb_exec(struct repl *repl, char *const *args, size_t count)
{
	static const char *const ops[] = {"start", "stop", "time"};
	struct asking asking = {.what = "exec", .limit_s = LIMIT_S, .show = show_timer};
	bool program = !strcmp(args[1], "--");
	uint32_t node;

	for (size_t i = 0; count == 2 && i < ARRAY_SIZE(ops); i++)
		if (!strcmp(args[1], ops[i]))
			asking.word = ops[i];
	if (!asking.word && (!program || count < 3))
		return -EINVAL;
	if (!take_id(repl, args[0], &node))
		return 0;
	if (program)
		run_program(repl, node, args + 2, count - 2);
	else
		session_ask(repl->session,
			    json_pack("{s:s,s:I,s:s}", "cmd", "timer", "node", (json_int_t)node,
				      "op", asking.word),
			    &asking);
	return 0;
}

static void set_heartbeat(struct repl *repl, const char *word)
{
	struct asking asking = {.what = "heartbeat", .limit_s = LIMIT_S, .show = show_nothing};
	struct session *session = repl->session;
	char shown[80];
	uint64_t ms;

	if (!strcmp(word, "off")) {
		session->rounds = false;
		out_line(&session->out, "OK");
		return;
	}
	if (!text_number(word, BEAT_MAX_MS, &ms) || ms < BEAT_MIN_MS) {
		text_printable(shown, sizeof(shown), word);
		out_line(&session->out, "Error: heartbeat takes %d to %d milliseconds, or off: %s",
			 BEAT_MIN_MS, BEAT_MAX_MS, shown);
		return;
	}
	if (session_ask(session, json_pack("{s:s,s:I}", "cmd", "heartbeat", "ms", (json_int_t)ms),
			&asking))
		session->rounds = true;
}

int verb_heartbeat(struct repl *repl, char *const *args, size_t count)
{
	const char *line;
	autofree char *word = NULL;
	size_t blanks;

	if (count) {
		set_heartbeat(repl, args[0]);
		return 0;
	}
	if (!input_line(repl->input, "time, ms: ", &line)) {
		if (!repl->session->end)
			out_line(&repl->session->out, "Error: heartbeat without a time");
		return 0;
	}
	blanks = strspn(line, " \t\r");
	word = strndup(line + blanks, strcspn(line + blanks, " \t\r"));
	/* More than one word is no time: show all of it. */
	if (word && line[blanks + strlen(word) + strspn(line + blanks + strlen(word), " \t\r")])
		set_heartbeat(repl, line);
	else if (word)
		set_heartbeat(repl, word);
	return 0;
}

int verb_stats(struct repl *repl, char *const *args, size_t count)
{
	struct asking asking = {.what = "stats", .limit_s = LIMIT_S, .show = show_stats};
	uint32_t node;

	(void)count;
	if (take_id(repl, args[0], &node))
		session_ask(repl->session,
			    json_pack("{s:s,s:I}", "cmd", "stats", "node", (json_int_t)node),
			    &asking);
	return 0;
}

int verb_exit(struct repl *repl, char *const *args, size_t count)
{
	(void)args;
	(void)count;
	if (!repl->session->end)
		repl->session->end = SESSION_EXIT;
	return 0;
}
