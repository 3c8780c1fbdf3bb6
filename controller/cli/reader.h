/*
 * Lines out of a stream that may hold anything: the input when it isn't a terminal.
 * The caller feeds what it read; lines come out whole, a bad one as an error and
 * the rest of it passed over. Memory is bounded by READER_LINE_MAX. No descriptor
 * in here.
 */
#ifndef BONSAI_CLI_READER_H
#define BONSAI_CLI_READER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define READER_LINE_MAX 65536 /* octets, without the newline */

struct reader {
	size_t start, end; /* what is in `data` and not yet handed out */
	bool skipping;	   /* in a line that was found too long */
	bool closed;	   /* no more will come */
	char data[2 * (READER_LINE_MAX + 1)];
};

/*
 * Room for more input; `room` says how much, never 0 after reader_next returned 0.
 * Whoever puts octets there says so with reader_filled; 0 octets mean the end.
 */
char *reader_room(struct reader *reader, size_t *room);
void reader_filled(struct reader *reader, size_t len);

/*
 * Takes one line. 1: `line` is set, NUL-terminated, valid UTF-8, without newline,
 * good until the next call on the reader. 0: feed more, or, when reader->closed,
 * the end. -EINVAL: a line was passed over, err says why; there may be more.
 */
int reader_next(struct reader *reader, const char **line, struct err *err);

/* What is wrong with a line (NUL, not UTF-8, too long): -EINVAL; otherwise 0. */
int reader_check(const char *line, size_t len, struct err *err);

#endif
