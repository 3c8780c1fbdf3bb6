/*
 * The queue of input to a program's standard input. Input from the client waits here until the
 * program reads it, at most INPUT_WINDOW pieces. The client may have so many pieces in transit, and
 * one more for each that the program took. Owned by the program.
 */
#ifndef BONSAI_NODE_FEED_H
#define BONSAI_NODE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece;

struct feed {
	int fd; /* non-blocking; -1: the program has no input, or takes no more */
	bool terminal;
	bool ended; /* no more input follows the queued pieces */
	struct piece *first, *last;
	size_t pieces;
	uint64_t taken; /* pieces the program took since last reported; the reporter sets 0 */
};

/* Takes ownership of `fd`, which may be -1. */
struct feed feed_init(int fd, bool terminal);

/*
 * Adds a piece of input; `len` 0 adds the end of input. Drops the piece if the program takes no
 * more input. 0, -EOVERFLOW for a piece beyond the window, or -ENOMEM.
 */
int feed_put(struct feed *feed, const void *data, size_t len);

/* True while a piece waits to be written. */
bool feed_wants(const struct feed *feed);

/*
 * Writes what `fd` has room for. Closes `fd` after the last piece, and when the program no longer
 * reads it.
 */
void feed_write(struct feed *feed);

/* Closes `fd` and drops all queued pieces. */
void feed_close(struct feed *feed);

#endif
