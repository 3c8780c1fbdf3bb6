/*
 * The controller, seen from the command line. One of our own is a child in a session of
 * its own, tied to us by a lifeline: while our end of it is open the controller runs; when
 * either side dies the other one notices; we own the process, the lifeline and, once the
 * controller is gone, its folder. One that is joined is somebody else's and is only
 * watched. One in the background is started here and belongs to nobody.
 */
#ifndef BONSAI_CLI_DAEMON_H
#define BONSAI_CLI_DAEMON_H

#include "base/err.h"
#include "controller/rundir.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct daemon_spec {
	const char *tree;	   /* NULL: without a name */
	const char *backend;	   /* NULL: the default */
	int beat_ms;		   /* 0: the default */
	const char *on_crash;	   /* NULL: the default */
	const char *image;	   /* NULL: the default */
	const char *const *limits; /* an array by kind, LIMIT_WORDS long; NULL: no such limit */
	const char *seccomp;	   /* NULL: the default */
	const char *uid_range;	   /* NULL: the default */
	const char *cap_add;	   /* NULL: none */
	bool held;		   /* the tree is there and must not suffer if this fails */
};

struct daemon {
	pid_t pid;    /* 0 when there is none to reap */
	int pidfd;    /* readable when it has ended; -1 where there are none */
	int lifeline; /* -1 when closed */
	bool adopts;  /* what it leaves behind becomes our child */
	char dir[RUNDIR_PATH_BYTES];
};

#define DAEMON_INIT                                                                                \
	{                                                                                          \
		.pidfd = -1, .lifeline = -1                                                        \
	}

/*
 * Becomes bonsaid, from beside this program, ../libexec/bonsai, or PATH. Returns only when
 * that fails, which has been said then.
 */
void daemon_exec(char *const argv[]);

/*
 * Starts bonsaid, from where daemon_exec finds it, and waits at
 * most 15 s until it serves. Everything of it is gone again on failure. -EINTR when
 * `wake_fd` became readable meanwhile; else the error is the controller's own
 * sentence, or what failed here. The caller must be single-threaded. The controller
 * gets default signals, none of them blocked.
 */
int daemon_start(struct daemon *daemon, const struct daemon_spec *spec, int wake_fd,
		 struct err *err);

/*
 * Starts one in the background, for a new tree or one that lost its controller; the
 * rest as for daemon_start. Leaves nothing to own.
 */
int daemon_raise(const struct daemon_spec *spec, int wake_fd, struct err *err);

/* Joins the controller of `tree`; if there is none, one is raised first. */
int daemon_join(struct daemon *daemon, const struct rundir_tree *tree, int wake_fd,
		struct err *err);

/*
 * Closes the lifeline, waits until `deadline_ns` (CLOCK_MONOTONIC) for the controller
 * to end, kills it after that, reaps it, waits a little for what it left, and removes
 * its folder if it didn't do so itself. How it ended goes to `how` ("killed by signal
 * 9"; "" for status 0). Idempotent.
 */
void daemon_stop(struct daemon *daemon, int64_t deadline_ns, char *how, size_t size);

#endif
