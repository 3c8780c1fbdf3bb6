#include "controller/cli/top_table.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/*
 * Shortest span over which to compute the use of a processor. The kernel counts processor time in
 * hundredths of a second, so a shorter span gives an inexact percentage.
 */
#define CPU_SPAN_NS (900 * NS_PER_MS)

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_id(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;

	return compare(x->row.id, y->row.id);
}

static int by_state(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	int order = strcmp(x->row.state, y->row.state);

	return order ? order : by_id(a, b);
}

/*
 * Defines a function that sorts the row with the largest value first, and rows with equal values by
 * id.
 */
#define BY_LARGEST(name, member)                                                                   \
	static int name(const void *a, const void *b)                                              \
	{                                                                                          \
		const struct top_row *x = a, *y = b;                                               \
		int order = compare(y->member, x->member);                                         \
                                                                                                   \
		return order ? order : by_id(a, b);                                                \
	}
BY_LARGEST(by_rss, row.rss_bytes)
BY_LARGEST(by_cpu, cpu_percent)
BY_LARGEST(by_beat, row.last_beat_ms)
BY_LARGEST(by_uptime, row.uptime_ms)

static const struct {
	const char *name, *heading;
	int width; /* the column's width, 80 for all columns; negative: left-aligned */
	int (*order)(const void *a, const void *b);
} keys[TOP_KEYS] = {
    [TOP_ID] = {"id", "ID", 10, by_id},
    [TOP_STATE] = {"state", "STATE", -TOP_STATE_WIDTH, by_state},
    [TOP_RSS] = {"rss", "RSS", 9, by_rss},
    [TOP_CPU] = {"cpu", "CPU%", 5, by_cpu},
    [TOP_BEAT] = {"beat", "BEAT", 8, by_beat},
    [TOP_UPTIME] = {"uptime", "UPTIME", -11, by_uptime},
};

const char *top_key_name(enum top_key key)
{
	return keys[key].name;
}

/* Sorts the rows. The node that was selected before stays selected. */
static void sort(struct top_table *table)
{
	const struct top_row *selected = top_table_selected(table);
	int64_t id = selected ? selected->row.id : 0;

	if (!table->count)
		return;
	qsort(table->rows, table->count, sizeof(*table->rows), keys[table->key].order);
	for (size_t i = 0; table->reverse && i < table->count / 2; i++) {
		struct top_row row = table->rows[i];

		table->rows[i] = table->rows[table->count - 1 - i];
		table->rows[table->count - 1 - i] = row;
	}
	top_table_select(table, id);
}

/*
 * Computes cpu_percent, the use of a processor since the base of `before`. If the span since then
 * is at least CPU_SPAN_NS, the next span begins now; otherwise keeps the percentage and the base.
 */
static void count_cpu(struct top_row *now, const struct top_row *before, int64_t now_ns)
{
	int64_t cpu_ms = now->row.cpu_ms, span_ns;

	now->cpu_percent = ROW_UNKNOWN;
	now->base_cpu_ms = cpu_ms;
	now->base_ns = now_ns;
	/* The processor time of a node that was restarted counts from 0 again: begin a new span. */
	if (!before || cpu_ms < 0 || before->base_cpu_ms < 0 || cpu_ms < before->base_cpu_ms)
		return;
	now->cpu_percent = before->cpu_percent;
	span_ns = now_ns - before->base_ns;
	if (span_ns >= CPU_SPAN_NS) {
		now->cpu_percent =
		    (int)((cpu_ms - before->base_cpu_ms) * 100 * NS_PER_MS / span_ns);
		return;
	}
	now->base_cpu_ms = before->base_cpu_ms;
	now->base_ns = before->base_ns;
}

void top_table_take(struct top_table *table, struct row *rows, size_t count, int64_t now_ns)
{
	const struct top_row *selected = top_table_selected(table);
	int64_t id = selected ? selected->row.id : ROW_UNKNOWN;
	struct top_row *taken = calloc(count + 1, sizeof(*taken));
	autofree struct row *given = rows;

	if (!taken)
		return;
	if (table->count)
		qsort(table->rows, table->count, sizeof(*table->rows), by_id);
	for (size_t i = 0; i < count; i++) {
		struct top_row *before = NULL;

		taken[i].row = given[i];
		if (table->count)
			before = bsearch(&taken[i], table->rows, table->count, sizeof(*table->rows),
					 by_id);
		count_cpu(&taken[i], before, now_ns);
	}
	free(table->rows);
	table->rows = taken;
	table->count = count;
	if (table->selected >= count)
		table->selected = count ? count - 1 : 0;
	/* If the selected node is gone, select the row that is at the same place after sorting. */
	if (id < 0 || !top_table_select(table, id)) {
		size_t place = table->selected;

		sort(table);
		table->selected = place;
	} else {
		sort(table);
	}
}

void top_table_release(struct top_table *table)
{
	free(table->rows);
	memset(table, 0, sizeof(*table));
}

void top_table_sort(struct top_table *table, enum top_key key, bool reverse)
{
	table->key = key;
	table->reverse = reverse;
	sort(table);
}

void top_table_move(struct top_table *table, long by)
{
	if (by < 0)
		table->selected = table->selected < (size_t)-by ? 0 : table->selected - (size_t)-by;
	else
		table->selected += (size_t)by;
	if (table->selected >= table->count)
		table->selected = table->count ? table->count - 1 : 0;
}

bool top_table_select(struct top_table *table, int64_t id)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->rows[i].row.id != id)
			continue;
		table->selected = i;
		return true;
	}
	return false;
}

const struct top_row *top_table_selected(const struct top_table *table)
{
	return table->count ? &table->rows[table->selected] : NULL;
}

void top_table_scroll(struct top_table *table, size_t height)
{
	if (table->first + height > table->count)
		table->first = table->count > height ? table->count - height : 0;
	if (table->selected < table->first)
		table->first = table->selected;
	if (height && table->selected >= table->first + height)
		table->first = table->selected - height + 1;
}

void top_table_summary(const struct top_table *table, char *text, size_t size)
{
	/* The states, in the order in which the summary lists them. */
	static const char *const states[] = {"running", "creating",   "frozen", "unavailable",
					     "suspect", "restarting", "lost",	"removed"};
	int len = snprintf(text, size, "%zu node%s", table->count, table->count == 1 ? "" : "s");
	const char *before = ": ";

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		size_t count = 0;

		for (size_t j = 0; j < table->count; j++)
			count += !strcmp(table->rows[j].row.state, states[i]);
		if (!count || len < 0 || (size_t)len >= size)
			continue;
		len +=
		    snprintf(text + len, size - (size_t)len, "%s%zu %s", before, count, states[i]);
		before = ", ";
	}
}

/* Writes a number and its unit; "-" if the number is not known. */
static void write_number(int64_t number, const char *unit, char *text, size_t size)
{
	if (number < 0)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%lld%s", (long long)number, unit);
}

void top_row_line(const struct top_row *row, char *line, size_t size)
{
	char parent[24], rss[24], cpu[24], beat[32], uptime[40];

	write_number(row->row.parent, "", parent, sizeof(parent));
	rows_bytes(row->row.rss_bytes, rss, sizeof(rss));
	write_number(row->cpu_percent, "", cpu, sizeof(cpu));
	write_number(row->row.last_beat_ms, " ms", beat, sizeof(beat));
	rows_uptime(row->row.uptime_ms, uptime, sizeof(uptime));
	snprintf(line, size, "%10lld %10s  %-*s %7lld %9s %5s %8s  %*s%s", (long long)row->row.id,
		 parent, TOP_STATE_WIDTH, row->row.state, (long long)row->row.pid, rss, cpu, beat,
		 *row->row.limits ? keys[TOP_UPTIME].width - 2 : 0, uptime, row->row.limits);
}

/*
 * The heading of the column that the table is sorted by has an arrow: down for the usual order, up
 * for the reverse order.
 */
static void write_heading(const struct top_table *table, enum top_key key, char *text, size_t size)
{
	snprintf(text, size, "%s%s", keys[key].heading,
		 key != table->key ? ""
		 : table->reverse  ? "^"
				   : "v");
}

void top_table_heading(const struct top_table *table, char *line, size_t size)
{
	bool limits =
	    table->count && rows_have_limits(&table->rows->row, table->count, sizeof(*table->rows));
	char heading[TOP_KEYS][16];

	for (enum top_key key = 0; key < TOP_KEYS; key++)
		write_heading(table, key, heading[key], sizeof(heading[key]));
	snprintf(line, size, "%*s %10s  %*s %7s %*s %*s %*s  %*s%s", keys[TOP_ID].width,
		 heading[TOP_ID], "PARENT", keys[TOP_STATE].width, heading[TOP_STATE], "PID",
		 keys[TOP_RSS].width, heading[TOP_RSS], keys[TOP_CPU].width, heading[TOP_CPU],
		 keys[TOP_BEAT].width, heading[TOP_BEAT], keys[TOP_UPTIME].width,
		 heading[TOP_UPTIME], limits ? "  LIMITS" : "");
}
