/*
 * What is to be written to one descriptor. Text gathers here and goes out when it
 * is flushed, so an answer is written whole. Knows whether the last line is
 * finished: a line of ours always begins in the first column, whatever a program
 * printed before it.
 */
#ifndef BONSAI_CLI_OUT_H
#define BONSAI_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct out {
	char *data;
	size_t len, alloc;
	bool mid_line; /* the last octet put in was not a newline */
	bool failed;   /* out of memory: something is missing */
	bool color;    /* where it goes, escape sequences of colours are understood */
};

/* A whole line: on a line of its own, newline added. */
void out_line(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Goes to the beginning of a line, if it isn't there. */
void out_fresh_line(struct out *out);

/* Adds to the line. */
void out_add(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds octets as they are. */
void out_raw(struct out *out, const void *data, size_t len);

/*
 * Writes all that is gathered to `fd`, waiting at most `timeout_ms` (-1: for ever)
 * for room each time. 0; -EINTR when `wake_fd` became readable while there was no
 * room, -EAGAIN at the time's end, both with the rest kept; or what write(2) said
 * (-EPIPE …), or -ENOMEM, the rest dropped.
 */
int out_flush(struct out *out, int fd, int wake_fd, int timeout_ms);

/* Forgets what was not written. */
void out_drop(struct out *out);

void out_release(struct out *out);

#endif
