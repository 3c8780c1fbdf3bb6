#include "base/cleanup.h"
#include "controller/cli/ids.h"
#include "controller/cli/limits.h"
#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <errno.h>
#include <string.h>

#define LIMIT_S 60

/*
 * Makes the request's member `ids`, an array. Each element is an id, or [first, last] for a range.
 * NULL if memory runs out.
 */
static json_t *pack_ids(const struct id_range *ranges, size_t count)
{
	json_t *ids = json_array();

	for (size_t i = 0; ids && i < count; i++) {
		json_int_t first = ranges[i].first, last = ranges[i].last;
		json_t *member =
		    first == last ? json_integer(first) : json_pack("[I,I]", first, last);

		if (json_array_append_new(ids, member)) {
			json_decref(ids);
			return NULL;
		}
	}
	return ids;
}

/*
 * Sends the request `cmd` about the nodes in `args`, and shows the replies. Takes over `limits`,
 * which may be NULL, as a member of the request. The capabilities in `limits` become a member of
 * their own.
 */
static int ask_about_ids(struct repl *repl, char *const *args, size_t count, const char *cmd,
			 show_fn *show, json_t *limits)
{
	struct asking asking = {.what = cmd, .limit_s = LIMIT_S, .show = show, .stops = true};
	json_t *request;
	autofree struct id_range *ranges = NULL;
	struct err err = {0};
	size_t found;

	if (ids_parse(args, count, &ranges, &found, &err)) {
		session_misuse(repl->session, "%s", err.text);
		json_decref(limits);
	} else {
		json_t *caps = json_incref(json_object_get(limits, LIMITS_CAPS));

		json_object_del(limits, LIMITS_CAPS);
		asking.names = found > 1 || ranges[0].first != ranges[0].last;
		request = json_pack("{s:s,s:o,s:o*,s:o*}", "cmd", cmd, "ids",
				    pack_ids(ranges, found), "limits", limits, LIMITS_CAPS, caps);
		session_ask(repl->session, request, &asking);
	}
	return 0;
}

int verb_create(struct repl *repl, char *const *args, size_t count)
{
	autofree char **words = calloc(count, sizeof(*words));
	json_t *limits = NULL;

	if (!words || !limits_take(repl->session, args, count, words, &count, &limits))
		return 0;
	if (!count) {
		json_decref(limits);
		return -EINVAL;
	}
	return ask_about_ids(repl, words, count, "create", show_created, limits);
}

int verb_remove(struct repl *repl, char *const *args, size_t count)
{
	return ask_about_ids(repl, args, count, "remove", show_removed, NULL);
}

int verb_grow(struct repl *repl, char *const *args, size_t count)
{
	struct asking asking = {.what = "grow",
				.limit_s = LIMIT_S,
				.show = show_grown,
				.stops = true,
				.progress = true};
	char shown[80];
	uint64_t nodes;

	(void)count;
	if (!text_number(args[0], IDS_TOTAL_MAX, &nodes) || !nodes) {
		text_printable(shown, sizeof(shown), args[0]);
		session_misuse(repl->session, "grow takes 1 to %u nodes: %s", IDS_TOTAL_MAX, shown);
		return 0;
	}
	asking.watched = isatty(STDERR_FILENO) && !repl->session->options->json &&
			 !repl->session->options->quiet;
	session_ask(
	    repl->session,
	    json_pack("{s:s,s:I,s:b}", "cmd", "grow", "count", (json_int_t)nodes, "progress", 1),
	    &asking);
	return 0;
}

int verb_pingall(struct repl *repl, char *const *args, size_t count)
{
	struct asking asking = {.what = "pingall", .limit_s = LIMIT_S, .show = show_pinged};

	(void)args;
	(void)count;
	session_ask(repl->session, json_pack("{s:s}", "cmd", "ping"), &asking);
	return 0;
}
