/*
 * Splits a stream with any content into lines: the input, if it is no terminal. The caller reads
 * the data and feeds them to the reader. Lines come out whole; a bad line comes out as an error,
 * and its rest is skipped. Memory is bounded by READER_LINE_MAX. The reader uses no descriptor.
 */
#ifndef BONSAI_CLI_READER_H
#define BONSAI_CLI_READER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define READER_LINE_MAX 65536 /* octets, without the newline */

struct reader {
	size_t start, end; /* the part of `data` that reader_next has not returned yet */
	bool skipping;	   /* skips the rest of a line that is too long */
	bool closed;	   /* the stream has ended */
	char data[2 * (READER_LINE_MAX + 1)];
};

/*
 * Returns where the caller must put more input. `room` is the space there, never 0 after
 * reader_next returned 0. Then the caller calls reader_filled with the number of octets; 0 octets
 * mean the end of the stream.
 */
char *reader_room(struct reader *reader, size_t *room);
void reader_filled(struct reader *reader, size_t len);

/*
 * Takes one line. 1: `line` is NUL-terminated, valid UTF-8, without newline, and valid until the
 * next call on the reader. 0: the reader needs more input; if reader->closed, the stream has no
 * more lines. -EINVAL: the reader skipped a malformed line, and `err` tells what is wrong; more
 * lines may follow.
 */
int reader_next(struct reader *reader, const char **line, struct err *err);

/* Returns -EINVAL if the line has a NUL, is not UTF-8 or is too long; otherwise 0. */
int reader_check(const char *line, size_t len, struct err *err);

#endif
