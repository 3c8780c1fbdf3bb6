/*
 * A session with `build/bonsai` over pipes: sends commands as lines, receives lines and measures
 * the time until a line arrives. Each session runs one program; session_end() leaves no process and
 * no descriptor of the program.
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
	int in;	 /* the program's standard input */
	int out; /* the program's standard output */
	char data[SESSION_LINE_BYTES];
	size_t held; /* octets in `data` */
	size_t used; /* octets in `data` that belong to the line last returned */
};

/* Starts argv[0] with pipes as its standard input and output. 0 or a negative errno. */
int session_start(struct session *session, char *const *argv, struct err *err);

/*
 * Waits at most `limit_s` for a line and returns it without its newline. The line is valid until
 * the next call. If no line arrives in time or the program ends, returns NULL with `err`.
 */
const char *session_line(struct session *session, int limit_s, struct err *err);

/*
 * Sends a command and waits for one line. Returns the line if it begins with `want`, else NULL with
 * `err`. Unless `took_ns` is NULL, stores the time from the sending to the line there, in
 * nanoseconds.
 */
const char *session_ask(struct session *session, const char *want, int64_t *took_ns,
			struct err *err, const char *command, ...)
    __attribute__((format(printf, 5, 6)));

/*
 * Closes the program's input, which makes the program exit, and reaps the program. Kills it if it
 * does not exit within 60 s.
 */
void session_end(struct session *session);

#endif
