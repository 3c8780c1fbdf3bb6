/*
 * The nodes on the full screen as a sorted table with one selected row. All functions are pure:
 * they take rows, and compute what to show. When sorting moves the rows, the same node stays
 * selected. When the selected node is gone, the row at the same place in the table is selected.
 */
#ifndef BONSAI_CLI_TOP_TABLE_H
#define BONSAI_CLI_TOP_TABLE_H

#include "controller/cli/rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum top_key { TOP_ID, TOP_STATE, TOP_RSS, TOP_CPU, TOP_BEAT, TOP_UPTIME, TOP_KEYS };

struct top_row {
	struct row row;
	int cpu_percent;	      /* percent of one processor; ROW_UNKNOWN: not known yet */
	int64_t base_cpu_ms, base_ns; /* the beginning of the span for cpu_percent */
};

/* A zeroed table is empty. */
struct top_table {
	struct top_row *rows;
	size_t count;
	enum top_key key;
	bool reverse;
	size_t selected; /* index of the selected row; 0 in an empty table */
	size_t first;	 /* index of the first row shown */
};

/*
 * Replaces the table's rows by `rows`, which bonsai received at `now_ns`. Sorts the new rows, and
 * selects the same node as before if possible. If memory runs out, the table stays as it is. Frees
 * `rows` in any case.
 */
void top_table_take(struct top_table *table, struct row *rows, size_t count, int64_t now_ns);

void top_table_release(struct top_table *table);

/* Sorts the rows by `key`, in reverse order if `reverse` is set. */
void top_table_sort(struct top_table *table, enum top_key key, bool reverse);

/* Returns the name of a sort key: "id", "rss" … */
const char *top_key_name(enum top_key key);

/*
 * Moves the selection by `by` rows (negative: towards the first row), at most to the first or last
 * row.
 */
void top_table_move(struct top_table *table, long by);

/* Selects the node of that id; false if there is none. */
bool top_table_select(struct top_table *table, int64_t id);

/* Returns the selected row; NULL in an empty table. */
const struct top_row *top_table_selected(const struct top_table *table);

/* Scrolls so that the selected row is among the `height` rows shown. */
void top_table_scroll(struct top_table *table, size_t height);

/* Writes a summary, as "3 nodes: 2 running, 1 frozen". */
void top_table_summary(const struct top_table *table, char *text, size_t size);

/*
 * top_row_line writes one row as a line. top_table_heading writes the line that stands above all
 * rows. In both lines the state begins in column TOP_STATE_AT.
 */
#define TOP_STATE_AT 23
#define TOP_STATE_WIDTH 11
void top_row_line(const struct top_row *row, char *line, size_t size);
void top_table_heading(const struct top_table *table, char *line, size_t size);

#endif
