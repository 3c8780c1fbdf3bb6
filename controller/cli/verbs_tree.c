#include "base/cleanup.h"
#include "controller/cli/ids.h"
#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <errno.h>

#define LIMIT_S 60
#define GROW_NODES_A_SECOND 10 /* slower than any machine that can hold them */

/* The `ids` member: an id, or [first, last] for a range. NULL when out of memory. */
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

static int ask_about_ids(struct repl *repl, char *const *args, size_t count, const char *cmd,
			 show_fn *show)
{
	autofree struct id_range *ranges = calloc(count, sizeof(*ranges));
	struct asking asking = {.what = cmd, .limit_s = LIMIT_S, .show = show};
	struct err err = {0};
	int rc =
	    ranges ? ids_parse(args, count, ranges, &err) : err_errno(&err, -ENOMEM, "%s", cmd);

	if (rc)
		out_line(&repl->session->out, "Error: %s", err.text);
	else
		session_ask(repl->session,
			    json_pack("{s:s,s:o}", "cmd", cmd, "ids", pack_ids(ranges, count)),
			    &asking);
	return 0;
}

int verb_create(struct repl *repl, char *const *args, size_t count)
{
	return ask_about_ids(repl, args, count, "create", show_created);
}

int verb_remove(struct repl *repl, char *const *args, size_t count)
{
	return ask_about_ids(repl, args, count, "remove", show_removed);
}

int verb_grow(struct repl *repl, char *const *args, size_t count)
{
	struct asking asking = {.what = "grow", .show = show_grown};
	char shown[80];
	uint64_t nodes;

	(void)count;
	if (!text_number(args[0], IDS_TOTAL_MAX, &nodes) || !nodes) {
		text_printable(shown, sizeof(shown), args[0]);
		out_line(&repl->session->out, "Error: grow takes 1 to %u nodes: %s", IDS_TOTAL_MAX,
			 shown);
		return 0;
	}
	/* One answer at the end of it all, so the limit must grow along. */
	asking.limit_s = LIMIT_S + (unsigned int)nodes / GROW_NODES_A_SECOND;
	session_ask(repl->session,
		    json_pack("{s:s,s:I}", "cmd", "grow", "count", (json_int_t)nodes), &asking);
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
