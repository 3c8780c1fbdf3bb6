/*
 * The nodes on a full screen as a sorted table with one of them selected. Pure: rows come in,
 * and what is to be shown is computed. The selection goes with its node when rows
 * change their places, and to the neighbour when the node is gone.
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
	int cpu_percent;	      /* of one processor; ROW_UNKNOWN: not known yet */
	int64_t base_cpu_ms, base_ns; /* since when that is counted */
};

/* Zeroed it is empty. */
struct top_table {
	struct top_row *rows;
	size_t count;
	enum top_key key;
	bool reverse;
	size_t selected; /* index; 0 of an empty one */
	size_t first;	 /* the first that is shown */
};

/*
 * Takes new rows over, `now_ns` being when they came, sorts them and finds the selection
 * again. Out of memory, the table stays as it is.
 */
void top_table_take(struct top_table *table, struct row *rows, size_t count, int64_t now_ns);

void top_table_release(struct top_table *table);

/* Sorts by another key, or the other way round. */
void top_table_sort(struct top_table *table, enum top_key key, bool reverse);

/* "id", "rss" … */
const char *top_key_name(enum top_key key);

/* Moves the selection, to the first or last row at most. */
void top_table_move(struct top_table *table, long by);

/* Selects the node of that id; false when there is none. */
bool top_table_select(struct top_table *table, int64_t id);

/* The selected row; NULL in an empty table. */
const struct top_row *top_table_selected(const struct top_table *table);

/* Scrolls so that the selection is among `height` rows. */
void top_table_scroll(struct top_table *table, size_t height);

/* "3 nodes: 2 running, 1 frozen". */
void top_table_summary(const struct top_table *table, char *text, size_t size);

/* A row as a line, and the line above them all. The state is at TOP_STATE_AT. */
#define TOP_STATE_AT 23
#define TOP_STATE_WIDTH 11
void top_row_line(const struct top_row *row, char *line, size_t size);
void top_table_heading(const struct top_table *table, char *line, size_t size);

#endif
