/*
 * A conversation with build/bonsai over pipes, each answer stamped when it arrives: lines
 * go in, lines come out. One session a program; session_end leaves nothing of it.
 */
#ifndef BONSAI_TESTS_BENCH_SESSION_H
#define BONSAI_TESTS_BENCH_SESSION_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SESSION_LINE_BYTES 65536

struct session {
	pid_t pid;
	int in;	 /* its standard input */
	int out; /* its standard output */
	char data[SESSION_LINE_BYTES];
	size_t held; /* octets in data */
	size_t used; /* of these, the line last handed out */
};

/* Starts argv[0] with pipes for standard input and output. 0 or a negative errno. */
int session_start(struct session *session, char *const *argv, struct err *err);

/*
 * Waits at most `limit_s` for a line, without its newline; it is good until the next
 * call. NULL with `err` when none came.
 */
const char *session_line(struct session *session, int limit_s, struct err *err);

/*
 * Sends a command and waits for one line that begins with `want`, which it returns,
 * and the nanoseconds it took. NULL with `err` for any other answer.
 */
const char *session_ask(struct session *session, const char *want, int64_t *took_ns,
			struct err *err, const char *command, ...)
    __attribute__((format(printf, 5, 6)));

/* Closes its input, which ends it, and waits; kills it when it has not ended in 60 s. */
void session_end(struct session *session);

#endif
