#include "base/cleanup.h"
#include "controller/cli/ids.h"
#include "controller/cli/limits.h"
#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_S 60
#define BEAT_MIN_MS 10
#define BEAT_MAX_MS 3600000

bool verb_take_id(struct repl *repl, const char *word, uint32_t *id)
{
	struct err err;

	if (!ids_parse_one(word, id, &err))
		return true;
	session_misuse(repl->session, "%s", err.text);
	return false;
}

int verb_each(struct repl *repl, char *const *words, size_t count, each_fn *ask, const void *own)
{
	autofree struct id_range *ranges = NULL;
	struct err err;
	size_t found;

	if (!count)
		return -EINVAL;
	if (ids_parse(words, count, &ranges, &found, &err) < 0) {
		session_misuse(repl->session, "%s", err.text);
		return 0;
	}
	for (size_t i = 0; i < found; i++)
		for (uint64_t id = ranges[i].first; id <= ranges[i].last; id++)
			if (!repl->session->end)
				ask(repl, (uint32_t)id,
				    found > 1 || ranges[0].first != ranges[0].last, own);
	return 0;
}

/* Stops showing heartbeat rounds in this session. The controller gets no request. */
static void stop_rounds(struct session *session)
{
	json_t *body = json_pack("{s:b}", "rounds", 0);

	session->rounds = false;
	if (session->options->json && !session->options->quiet)
		session_show_json(session, body);
	else if (!session->options->quiet)
		out_line(&session->out, "OK");
	json_decref(body);
}

static void set_heartbeat(struct repl *repl, const char *word)
{
	struct asking asking = {.what = "heartbeat", .limit_s = LIMIT_S, .show = show_nothing};
	struct session *session = repl->session;
	char what[80];
	uint64_t ms;

	if (!strcmp(word, "off")) {
		stop_rounds(session);
		return;
	}
	if (!text_number(word, BEAT_MAX_MS, &ms) || ms < BEAT_MIN_MS) {
		snprintf(what, sizeof(what), "heartbeat takes %d to %d milliseconds, or off",
			 BEAT_MIN_MS, BEAT_MAX_MS);
		session_misuse_word(session, what, word);
		return;
	}
	/*
	 * In a session that stays, the shown heartbeat rounds prove the success. A one_shot command
	 * ends before a round comes, so it shows OK.
	 */
	if (session->options->one_shot)
		asking.show = show_done;
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
	if (!repl->input)
		return -EINVAL;
	if (!input_line(repl->input, "time, ms: ", &line)) {
		if (!repl->session->end)
			session_complain(repl->session, "heartbeat without a time");
		return 0;
	}
	blanks = strspn(line, " \t\r");
	word = strndup(line + blanks, strcspn(line + blanks, " \t\r"));
	/*
	 * Several words are no valid time: pass the whole line, so that the error shows all words.
	 */
	if (word && line[blanks + strlen(word) + strspn(line + blanks + strlen(word), " \t\r")])
		set_heartbeat(repl, line);
	else if (word)
		set_heartbeat(repl, word);
	return 0;
}

static void ask_stats(struct repl *repl, uint32_t node, bool several, const void *own)
{
	const struct asking asking = {.what = "stats",
				      .limit_s = LIMIT_S,
				      .show = show_stats,
				      .names = several,
				      .node = node};

	(void)own;
	session_ask(repl->session, json_pack("{s:s,s:I}", "cmd", "stats", "node", (json_int_t)node),
		    &asking);
}

int verb_stats(struct repl *repl, char *const *args, size_t count)
{
	return verb_each(repl, args, count, ask_stats, NULL);
}

/*
 * Makes the request that sets limits of a node, or of the tree. Takes over `limits`. NULL: `word`
 * is neither a node id nor "tree", and an error was shown.
 */
static json_t *pack_set(struct repl *repl, const char *word, json_t *limits)
{
	uint32_t node;

	if (!strcmp(word, "tree"))
		return json_pack("{s:s,s:o}", "cmd", "set_tree", "limits", limits);
	if (verb_take_id(repl, word, &node))
		return json_pack("{s:s,s:I,s:o}", "cmd", "set", "node", (json_int_t)node, "limits",
				 limits);
	json_decref(limits);
	return NULL;
}

int verb_set(struct repl *repl, char *const *args, size_t count)
{
	struct asking asking = {.what = "set", .limit_s = LIMIT_S, .show = show_done};
	autofree char **words = calloc(count, sizeof(*words));
	json_t *limits = NULL, *request;

	if (!words || !limits_take(repl->session, args, count, words, &count, &limits))
		return 0;
	if (count != 1 || !limits) {
		json_decref(limits);
		return -EINVAL;
	}
	request = pack_set(repl, words[0], limits);
	if (request)
		session_ask(repl->session, request, &asking);
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
