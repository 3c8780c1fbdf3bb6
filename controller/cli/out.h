/*
 * Gathers the output for one descriptor; out_flush writes the gathered text, so that each result is
 * written whole. `mid_line` tells whether the last line is incomplete: bonsai's own lines always
 * begin in the first column, even if a program's output did not end with a newline.
 */
#ifndef BONSAI_CLI_OUT_H
#define BONSAI_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct out {
	char *data;
	size_t len, alloc;
	bool mid_line; /* the last octet added was not a newline */
	bool failed;   /* memory ran out: some text is missing */
	bool color;    /* the descriptor's terminal understands escape sequences for colors */
};

/* Adds a whole line with a newline; ends an incomplete line first. */
void out_line(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends an incomplete line. */
void out_fresh_line(struct out *out);

/* Adds text to the current line. */
void out_add(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds octets unchanged. */
void out_raw(struct out *out, const void *data, size_t len);

/*
 * Writes all gathered text to `fd`. Waits for room in `fd` at most `timeout_ms` (-1: forever) each
 * time. Returns 0 when all text is written. -EINTR: `wake_fd` became readable while `fd` had no
 * room. -EAGAIN: the time-out. In these two cases keeps the text that is not written yet. On any
 * other error, of write(2) (-EPIPE …) or -ENOMEM, drops that text.
 */
int out_flush(struct out *out, int fd, int wake_fd, int timeout_ms);

/* Drops the text that is not written yet. */
void out_drop(struct out *out);

void out_release(struct out *out);

#endif
