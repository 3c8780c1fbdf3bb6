/*
 * The queue of input to a program's standard input. Input from the client waits here until the
 * program reads it, at most INPUT_WINDOW pieces. The client may have INPUT_WINDOW pieces in
 * transit, and may send one more piece for each piece that the program took. The struct program
 * owns the queue.
 */
#ifndef BONSAI_NODE_FEED_H
#define BONSAI_NODE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece;

struct feed {
	int fd; /* non-blocking; -1: the program has no input, or takes no more input */
	bool terminal;
	bool ended; /* no more input follows the queued pieces */
	struct piece *first, *last;
	size_t pieces;
	uint64_t taken; /* pieces the program took since the last report; program.c resets it */
};

/* Takes ownership of `fd`, which may be -1. */
struct feed feed_init(int fd, bool terminal);

/*
 * Adds a piece of input; `len` 0 adds the end of input. Drops the piece if the program takes no
 * more input. 0, -EOVERFLOW for a piece beyond the window, or -ENOMEM.
 */
int feed_put(struct feed *feed, const void *data, size_t len);

/* True while a piece waits to be written to the program. */
bool feed_wants(const struct feed *feed);

/*
 * Writes as much queued input as `fd` accepts. Closes `fd` when the input has ended and is all
 * written, and when the program no longer reads.
 */
void feed_write(struct feed *feed);

/* Closes `fd` and drops all queued pieces. */
void feed_close(struct feed *feed);

#endif
