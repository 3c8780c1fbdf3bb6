/* Shows the tree as a table (`ps`) and as a drawing (`tree`), and writes the text of `info`. */
#include "base/cleanup.h"
#include "controller/cli/rows.h"
#include "controller/cli/show.h"
#include "controller/cli/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const colors[] = {
    [MOOD_PLAIN] = "",
    [MOOD_FROZEN] = "\033[36m",
    [MOOD_SUSPECT] = "\033[33m",
    [MOOD_LOST] = "\033[31m",
};

/* Adds the row's state, at least `width` columns wide, in color if `out` has colors. */
static void add_state(struct out *out, const struct row *row, int width)
{
	bool colored = out->color && row->mood != MOOD_PLAIN;
	int len = (int)strlen(row->state);

	out_add(out, "%s%s%s%*s", colored ? colors[row->mood] : "", row->state,
		colored ? "\033[0m" : "", width > len ? width - len : 0, "");
}

bool show_ps(const json_t *body, const char *word, struct out *out)
{
	char rss[24], beat[40], uptime[40];
	size_t count;
	autofree struct row *rows = rows_read(body, &count);
	bool limits = rows_have_limits(rows, count, sizeof(*rows));

	(void)word;
	if (!rows)
		return false;
	out_line(out, "%10s %10s  %-11s %8s %9s  %-13s %s%s", "ID", "PARENT", "STATE", "PID", "RSS",
		 "LAST BEAT", "UPTIME", limits ? "        LIMITS" : "");
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];

		out_add(out, "%10lld ", (long long)row->id);
		if (row->parent < 0)
			out_add(out, "%10s", "-");
		else
			out_add(out, "%10lld", (long long)row->parent);
		out_add(out, "  ");
		add_state(out, row, 11);
		rows_bytes(row->rss_bytes, rss, sizeof(rss));
		rows_ago(row->last_beat_ms, beat, sizeof(beat));
		rows_uptime(row->uptime_ms, uptime, sizeof(uptime));
		out_add(out, " %8lld %9s  %-13s %-*s%s\n", (long long)row->pid, rss, beat,
			*row->limits ? 14 : 0, uptime, row->limits);
	}
	return true;
}

static int by_id(const void *a, const void *b)
{
	const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

/*
 * Links each row to its first child and its next sibling, in the order of the rows. False: a row's
 * parent is missing or stands after that row.
 */
static bool tie(struct row *rows, size_t count, struct row **sorted)
{
	for (size_t i = 0; i < count; i++)
		sorted[i] = &rows[i];
	qsort(sorted, count, sizeof(*sorted), by_id);
	for (size_t i = count; i-- > 0;) {
		struct row wanted = {.id = rows[i].parent}, *key = &wanted, **parent;

		if (rows[i].parent < 0)
			continue;
		parent = bsearch(&key, sorted, count, sizeof(*sorted), by_id);
		/* A parent must stand before its children, so the links have no cycle. */
		if (!parent || *parent >= &rows[i])
			return false;
		rows[i].sibling = (*parent)->child;
		(*parent)->child = i + 1;
	}
	return true;
}

static void draw_line(struct out *out, const struct row *rows, const size_t *path, size_t depth)
{
	const struct row *row = &rows[path[depth] - 1];

	for (size_t i = 1; i <= depth; i++) {
		bool more = rows[path[i] - 1].sibling;

		if (i == depth)
			out_add(out, more ? "├─ " : "└─ ");
		else
			out_add(out, more ? "│  " : "   ");
	}
	out_add(out, "%lld", (long long)row->id);
	if (strcmp(row->state, "running")) {
		out_add(out, " (");
		add_state(out, row, 0);
		out_add(out, ")");
	}
	out_add(out, "\n");
}

/*
 * Draws the tree below row `top`, depth first. From each row goes to the first child. If the row
 * has no child, goes to the next sibling of the row, or of the nearest ancestor that has a next
 * sibling.
 */
static void draw_from(struct out *out, const struct row *rows, size_t top, size_t *path)
{
	size_t depth = 0;

	path[0] = top;
	for (;;) {
		draw_line(out, rows, path, depth);
		if (rows[path[depth] - 1].child) {
			path[depth + 1] = rows[path[depth] - 1].child;
			depth++;
			continue;
		}
		while (depth && !rows[path[depth] - 1].sibling)
			depth--;
		if (!depth)
			return;
		path[depth] = rows[path[depth] - 1].sibling;
	}
}

bool show_tree(const json_t *body, const char *word, struct out *out)
{
	size_t count;
	autofree struct row *rows = rows_read(body, &count);
	autofree struct row **sorted = calloc(count + 1, sizeof(*sorted));
	autofree size_t *path = calloc(count + 1, sizeof(*path));

	(void)word;
	if (!rows || !sorted || !path || !tie(rows, count, sorted))
		return false;
	out_fresh_line(out);
	if (!count)
		out_line(out, "(no nodes)");
	for (size_t i = 0; i < count; i++)
		if (rows[i].parent < 0)
			draw_from(out, rows, i + 1, path);
	return true;
}

bool show_info(const json_t *body, const char *word, struct out *out)
{
	static const char *const keys[] = {
	    "tree",	"backend",    "image",	"nodes",	"heartbeat_ms", "on_crash", "pid",
	    "launcher", "generation", "limits", "capabilities", "seccomp",	"version"};

	(void)word;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *value = json_object_get(body, keys[i]);
		autofree char *text = json_dumps(value, JSON_ENCODE_ANY);
		char shown[4096];

		if (!text)
			return false;
		text_printable(shown, sizeof(shown),
			       json_is_string(value) ? json_string_value(value) : text);
		out_line(out, "%-13s %s", keys[i], json_is_null(value) ? "(none)" : shown);
	}
	return true;
}
