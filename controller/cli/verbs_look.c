#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/ids.h"
#include "controller/cli/run.h"
#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#define LIMIT_S 20

static int look(struct repl *repl, json_t *request, const char *what, show_fn *show)
{
	const struct asking asking = {.what = what, .limit_s = LIMIT_S, .show = show};

	session_ask(repl->session, request, &asking);
	return 0;
}

/* --- nodes --- */

static bool is_wanted(const struct id_range *ranges, size_t count, json_int_t id)
{
	for (size_t i = 0; i < count; i++)
		if (id >= ranges[i].first && id <= ranges[i].last)
			return true;
	return false;
}

/* Adds an id to a set of ids. The set is a JSON object with the ids as keys. */
static void add_to(json_t *set, json_int_t id)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", id);
	json_object_set_new(set, key, json_true());
}

static bool is_in(const json_t *set, json_int_t id)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", id);
	return json_object_get(set, key) != NULL;
}

/*
 * Removes from `nodes` all nodes that the operator did not request. `nodes` has parents before
 * children. With `below`, keeps all descendants of the requested nodes too. With `draws`, makes the
 * topmost kept nodes roots, since their parents are not shown. Returns the set of the kept ids.
 */
static json_t *narrow(json_t *nodes, const struct id_range *ranges, size_t count, bool below,
		      bool draws)
{
	json_t *kept = json_array(), *set = json_object(), *node;
	size_t i;

	json_array_foreach(nodes, i, node)
	{
		json_int_t id = json_integer_value(json_object_get(node, "node"));
		const json_t *parent = json_object_get(node, "parent");
		bool under =
		    below && json_is_integer(parent) && is_in(set, json_integer_value(parent));

		if (!under && !is_wanted(ranges, count, id))
			continue;
		if (draws && !under)
			json_object_set_new(node, "parent", json_null());
		json_array_append(kept, node);
		add_to(set, id);
	}
	json_array_clear(nodes);
	json_array_extend(nodes, kept);
	json_decref(kept);
	return set;
}

/* Reports in one line all requested nodes that do not exist. */
static void complain_of_missing(struct session *session, const json_t *set,
				const struct id_range *ranges, size_t count)
{
	struct out missing = {0};

	for (size_t i = 0; i < count; i++)
		for (json_int_t id = ranges[i].first; id <= ranges[i].last; id++)
			if (!is_in(set, id))
				out_add(&missing, " %lld", id);
	if (missing.len)
		session_complain(session, "Not found:%.*s", (int)missing.len, missing.data);
	out_release(&missing);
}

/* Shows the nodes that `args` name; all nodes if `args` has no id. */
static int look_at_nodes(struct repl *repl, char *const *args, size_t count, json_t *request,
			 const char *what, show_fn *show)
{
	struct session *session = repl->session;
	const struct session_options *options = session->options;
	autofree struct id_range *ranges = NULL;
	struct answer answer;
	struct err err;
	json_t *nodes, *set;
	size_t found;

	if (!count)
		return look(repl, request, what, show);
	if (ids_parse(args, count, &ranges, &found, &err) < 0) {
		session_misuse(session, "%s", err.text);
		json_decref(request);
		return 0;
	}
	if (!session_fetch(session, request, &(struct asking){.what = what}, &answer))
		return 0;
	nodes = json_object_get(answer.body, "nodes");
	set = narrow(nodes, ranges, found, show == show_tree, show == show_tree && !options->json);
	if (options->json && !options->quiet)
		session_show_json(session, answer.body);
	else if (!options->quiet && json_array_size(nodes))
		show(answer.body, NULL, &session->out);
	session_flush(session);
	complain_of_missing(session, set, ranges, found);
	json_decref(set);
	answer_release(&answer);
	return 0;
}

int verb_ps(struct repl *repl, char *const *args, size_t count)
{
	return look_at_nodes(repl, args, count, json_pack("{s:s,s:b}", "cmd", "nodes", "beats", 1),
			     "ps", show_ps);
}

int verb_tree(struct repl *repl, char *const *args, size_t count)
{
	return look_at_nodes(repl, args, count, json_pack("{s:s}", "cmd", "nodes"), "tree",
			     show_tree);
}

int verb_info(struct repl *repl, char *const *args, size_t count)
{
	(void)args;
	(void)count;
	return look(repl, json_pack("{s:s}", "cmd", "info"), "info", show_info);
}

/* --- events --- */

/*
 * The value of the long option --since: above all letters, and different from all values in
 * bonsai.c.
 */
#define SINCE 3000

#define NONE_YET (-2)		 /* a seq that no event's seq follows directly */
#define FROM_NOW_ON (1ull << 53) /* above the seq of every event */

static const struct option events_options[] = {
    {"follow", no_argument, NULL, 'f'},
    {"since", required_argument, NULL, SINCE},
    {NULL, 0, NULL, 0},
};

const struct flags events_flags = {"f", events_options, false};

struct wanted_events {
	bool follow, from_number;
	uint64_t since;
};

static bool take_flag(struct session *session, void *own, int flag, char *word)
{
	struct wanted_events *wanted = own;

	if (flag == 'f')
		return wanted->follow = true;
	wanted->from_number = true;
	return text_number(word, INT64_MAX - 1, &wanted->since) ||
	       flags_complain(session, "not the seq of an event", word);
}

/*
 * Requests and shows the events that the controller keeps, from `since` on. Does not show an event
 * that comes while bonsai waits for the reply, but session->newest counts that event.
 */
static bool list_events(struct session *session, uint64_t since)
{
	struct answer answer;
	const json_t *events;

	if (!session_fetch(session,
			   json_pack("{s:s, s:I}", "cmd", "events", "since", (json_int_t)since),
			   &(struct asking){.what = "events"}, &answer))
		return false;
	events = json_object_get(answer.body, "events");
	if (json_is_true(json_object_get(answer.body, "missed")) && since &&
	    !session->options->quiet)
		out_line(&session->errs, "[events before these are not kept any more]");
	session_flush_errs(session);
	for (size_t i = 0; i < json_array_size(events); i++)
		session_show_event(session, json_array_get(events, i));
	session->seq = json_integer_value(json_object_get(answer.body, "seq"));
	answer_release(&answer);
	return true;
}

/* With -f, shows new events until a signal, the controller's end, or the time of --timeout. */
int verb_events(struct repl *repl, char *const *args, size_t count)
{
	struct session *session = repl->session;
	struct wanted_events wanted = {0};
	int64_t deadline_ns = run_deadline_ns(session);
	autofree char **words = NULL;
	size_t surplus;
	bool fine;

	if (!flags_take(session, &events_flags, args, count, take_flag, &wanted, &words, &surplus))
		return 0;
	if (surplus)
		return -EINVAL;
	/*
	 * Some events do not reach bonsai: those published before bonsai has subscribed, and those
	 * published too fast. Request these events from the controller with list_events.
	 */
	session->follows = session->gapless = wanted.follow;
	session->seq = NONE_YET;
	fine =
	    list_events(session, wanted.follow && !wanted.from_number ? FROM_NOW_ON : wanted.since);
	while (fine && wanted.follow && !session->end && clock_ns() < deadline_ns) {
		session_flush(session);
		if (session->newest > session->seq)
			fine = list_events(session, (uint64_t)session->seq);
		else
			session_wait(session, 0, run_wait_ms(deadline_ns));
	}
	if (fine && wanted.follow && !session->end)
		run_say_late(session, "events");
	session_flush(session);
	/* ^C is the usual way to end `events -f`, so do not treat ^C as an error. */
	if (session->end == SESSION_SIGNALLED && session->signal == SIGINT)
		session->end = SESSION_EXIT;
	return 0;
}
