/*
 * Turns the nodes of a reply into rows of plain data, for the table, the drawing and the full
 * screen. Also writes the values of a row as text. All functions are pure.
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
	int64_t id, parent; /* `parent` is ROW_UNKNOWN for the root */
	char state[16];	    /* as shown: "unavailable" for a running node that can't be reached */
	enum row_mood mood;
	int64_t pid, uptime_ms;
	int64_t rss_bytes, cpu_ms, last_beat_ms; /* ROW_UNKNOWN: not requested, or not known */
	char limits[104];      /* the limits that hold, as "memory 64M, pids 24"; "" for none */
	size_t child, sibling; /* for the drawing: index of a row plus one; 0: none */
};

/*
 * Reads the nodes of a reply to `nodes`: *count rows, parents before children. The caller frees the
 * array. NULL, with *count 0: the reply is malformed, or memory ran out.
 */
struct row *rows_read(const json_t *body, size_t *count);

/*
 * Returns true if any row has a limit. The caller's structs may be larger than a row: each row
 * begins `stride` bytes after the row before it.
 */
bool rows_have_limits(const struct row *rows, size_t count, size_t stride);

/* Writes a duration: "1.5 s", "3 min 4 s", "5 h 6 min". */
void rows_uptime(int64_t ms, char *text, size_t size);

/* Writes how long ago something was: "12 ms ago", "3.1 s ago"; "-" for ROW_UNKNOWN. */
void rows_ago(int64_t ms, char *text, size_t size);

/* Writes a size: "3.5 MB", "912 KB"; "-" for ROW_UNKNOWN. */
void rows_bytes(int64_t bytes, char *text, size_t size);

#endif
