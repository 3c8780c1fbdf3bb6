/*
 * Attempts to escape from a sandbox, each with a name and its class or CVE. The attempts run inside
 * a sandbox: each tries one way out and reports whether the kernel refused it. A successful attempt
 * does no harm; for example, it opens a file for writing but does not write. No attempt runs in the
 * host's own user namespace, where some would succeed.
 *
 * Where there is no sandbox, the same functions must return ESCAPE_ESCAPED: a test that cannot fail
 * proves nothing.
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
	int (*attempt)(void); /* returns a verdict; NULL: the kernel must refuse `call` */
	long call;
	uintptr_t args[ESCAPE_ARGS];
	bool as_init; /* keep the capabilities of an init; else drop all, as a program has none */
};

/* One table per subject, each ended by a NULL name. */
extern const struct escape escape_files[];     /* escape_files.c: descriptors, paths, devices */
extern const struct escape escape_mounts[];    /* escape_mounts.c: mounts, masks, cgroups */
extern const struct escape escape_processes[]; /* escape_proc.c: PID 1, privileges, namespaces */
extern const struct escape escape_calls[];     /* escape_calls.c: system calls by their number */
extern const struct escape escape_network[];   /* escape_net.c: sockets and links */

/* Returns attempt `number`, counted from 0 across all tables, or NULL past the last attempt. */
const struct escape *escape_at(size_t number);

/*
 * Makes the attempt named `what` in a child and returns its verdict; the reason goes to descriptor
 * 2. Blocks at most 20 s. "list" prints the names and returns ESCAPE_HELD.
 */
int escape_main(const char *what);

/* Functions for the attempts: */

/* Writes the reason to descriptor 2 and returns `verdict`. */
int escape_say(int verdict, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Judges a call by its result and by errno. ESCAPE_HELD: the kernel refused the call as forbidden,
 * unknown or read-only. ESCAPE_ESCAPED: the call worked, or failed because of its arguments, which
 * means that permission was given.
 */
int escape_refused(long result, const char *what);

/* ESCAPE_HELD if the file cannot be opened with `flags`, for any reason. */
int escape_not_opened(const char *path, int flags);

/*
 * Runs a program and stores its output, cut to len - 1 bytes, in `out`. Returns the exit status
 * (127 if the program cannot be executed), 128 + signal, or -1 if there is no child.
 */
int escape_run(const char *const *argv, char *out, size_t len);

/* Returns the number, in base `base`, on the line of `text` that begins with `key`, or -1. */
int64_t escape_number(const char *text, const char *key, int base);

/* Reads the text of a file, cut to len - 1 bytes. Returns its length, or -1. */
ssize_t escape_read(const char *path, char *text, size_t len);

#endif
