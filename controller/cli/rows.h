/*
 * The nodes of an answer as rows of plain data, for the table, the drawing and the full
 * screen; and how they are written. Pure.
 */
#ifndef BONSAI_CLI_ROWS_H
#define BONSAI_CLI_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROW_UNKNOWN (-1)

enum row_mood { MOOD_PLAIN, MOOD_FROZEN, MOOD_SUSPECT, MOOD_LOST };

struct row {
	int64_t id, parent; /* parent ROW_UNKNOWN: the root */
	char state[16];	    /* as shown: of what runs but can't be reached, "unavailable" */
	enum row_mood mood;
	int64_t pid, uptime_ms;
	int64_t rss_bytes, cpu_ms, last_beat_ms; /* ROW_UNKNOWN: not asked for, or not known */
	char limits[104];      /* as they are set, "memory 64M, pids 24"; "" for none */
	size_t child, sibling; /* for the drawing: indices plus one; 0: none */
};

/*
 * Those of an answer to `nodes`, *count of them, parents before children. The caller frees
 * them. NULL, *count 0, when it makes no sense.
 */
struct row *rows_read(const json_t *body, size_t *count);

/* True when one of them has any: `rows`, each `stride` bytes. */
bool rows_have_limits(const struct row *rows, size_t count, size_t stride);

/* "1.5 s", "3 min 4 s", "5 h 6 min". */
void rows_uptime(int64_t ms, char *text, size_t size);

/* "12 ms ago", "3.1 s ago"; "-" for what is not known. */
void rows_ago(int64_t ms, char *text, size_t size);

/* "3.5 MB", "912 KB"; "-" for ROW_UNKNOWN. */
void rows_bytes(int64_t bytes, char *text, size_t size);

#endif
