/*
 * The way to a program's standard input. What an operator sends waits here until the
 * program takes it, at most INPUT_WINDOW pieces: so many may be on their way to it, and
 * one more for each that was taken. Owned by its program.
 */
#ifndef BONSAI_NODE_FEED_H
#define BONSAI_NODE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece;

struct feed {
	int fd; /* non-blocking; -1: it has none, or takes no more */
	bool terminal;
	bool ended; /* what waits is the last */
	struct piece *first, *last;
	size_t pieces;
	uint64_t taken; /* pieces it took; for whoever tells of them to clear */
};

/* Takes over `fd`, which may be -1. */
struct feed feed_init(int fd, bool terminal);

/*
 * Adds a piece, or with `len` 0 the end. What comes when it takes no more is dropped.
 * 0, -EOVERFLOW beyond the window, -ENOMEM.
 */
int feed_put(struct feed *feed, const void *data, size_t len);

/* True while something waits to be written. */
bool feed_wants(const struct feed *feed);

/* Writes what `fd` has room for; closes it at the end, and when nobody reads it. */
void feed_write(struct feed *feed);

/* Closes it and forgets what waits. */
void feed_close(struct feed *feed);

#endif
