/*
 * Attempts to get out of a sandbox, by class and name. A table of them runs inside:
 * each tries one way out and says whether it was refused. Attempts are made so that a
 * success does no harm (a file is opened for writing, not written), and none is made in
 * the host's own user namespace, where some would succeed.
 *
 * The same functions, run where there is no sandbox, must say ESCAPED: a test that
 * can't fail proves nothing.
 */
#ifndef BONSAI_TESTS_SANDBOX_ESCAPE_H
#define BONSAI_TESTS_SANDBOX_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ESCAPE_ARGS 5

enum escape_verdict { ESCAPE_HELD = 0, ESCAPE_ESCAPED = 1, ESCAPE_UNTRIED = 2 };

struct escape {
	const char *name;
	const char *about;    /* the CVE or the class */
	int (*attempt)(void); /* a verdict; NULL: the system call below, to be refused */
	long call;
	uintptr_t args[ESCAPE_ARGS];
	bool as_init; /* with what an init keeps for itself; a program has none of it */
};

/* One table a concern, each ended by a NULL name. */
extern const struct escape escape_files[];     /* escape_files.c: descriptors, paths, devices */
extern const struct escape escape_mounts[];    /* escape_mounts.c: mounts, masks, cgroups */
extern const struct escape escape_processes[]; /* escape_proc.c: PID 1, privileges, namespaces */
extern const struct escape escape_calls[];     /* escape_calls.c: system calls by their number */
extern const struct escape escape_network[];   /* escape_net.c: sockets and links */

/* The attempts of all tables, counted from 0; NULL past the last one. */
const struct escape *escape_at(size_t number);

/*
 * Makes the attempt of that name in a child and returns its verdict; the reason goes to
 * descriptor 2. Blocks at most 20 s. "list" prints names and returns ESCAPE_HELD.
 */
int escape_main(const char *what);

/* For the attempts: */

/* Says why on descriptor 2, returns `verdict`. */
int escape_say(int verdict, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * HELD if a call was refused as forbidden, unknown or read-only; ESCAPED if it worked, or
 * failed of its arguments, for then permission had been given. Looks at errno.
 */
int escape_refused(long result, const char *what);

/* HELD if the file can't be opened with `flags`, for whatever reason. */
int escape_not_opened(const char *path, int flags);

/*
 * Runs a program, its output (cut to len - 1) into `out`. Its exit status, or 128 + signal,
 * or -1 when it could not be run.
 */
int escape_run(const char *const *argv, char *out, size_t len);

/* The number in base `base` on the line of `text` that begins with `key`; or -1. */
int64_t escape_number(const char *text, const char *key, int base);

/* A file's text, cut to len - 1. Its length or -1. */
ssize_t escape_read(const char *path, char *text, size_t len);

#endif
