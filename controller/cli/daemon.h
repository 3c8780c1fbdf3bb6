/*
 * Starts, joins and ends controllers (bonsaid) for the command line. There are three kinds.
 *
 * bonsai's own controller is a child of bonsai, in another session (setsid), tied to bonsai by a
 * lifeline. The controller runs while bonsai's end of the lifeline is open. When either side dies,
 * the other notices. bonsai owns the process, the lifeline and, once the controller is gone, its
 * folder.
 *
 * A joined controller belongs to somebody else: bonsai only watches it. A background controller is
 * started here and belongs to nobody.
 */
#ifndef BONSAI_CLI_DAEMON_H
#define BONSAI_CLI_DAEMON_H

#include "base/err.h"
#include "controller/rundir.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct daemon_spec {
	const char *tree;	   /* NULL: a tree without a name */
	const char *backend;	   /* NULL: the default */
	int beat_ms;		   /* 0: the default */
	const char *on_crash;	   /* NULL: the default */
	const char *image;	   /* NULL: the default */
	const char *const *limits; /* LIMIT_WORDS values by enum limit_word; NULL: no limit */
	const char *seccomp;	   /* NULL: the default */
	const char *uid_range;	   /* NULL: the default */
	const char *cap_add;	   /* NULL: no capabilities */
	bool held;		   /* the tree exists, and must survive if this start fails */
};

struct daemon {
	pid_t pid;    /* 0: there is no child to reap */
	int pidfd;    /* readable once the controller has ended; -1: none */
	int lifeline; /* bonsai's end; -1: closed */
	bool adopts;  /* orphans of the controller become children of bonsai */
	char dir[RUNDIR_PATH_BYTES];
};

#define DAEMON_INIT                                                                                \
	{                                                                                          \
		.pidfd = -1, .lifeline = -1                                                        \
	}

/*
 * Executes bonsaid in place of this process: from the folder of this program, from
 * ../libexec/bonsai, or from PATH. Returns only on failure, which it has reported.
 */
void daemon_exec(char *const argv[]);

/*
 * Starts bonsaid, found as by daemon_exec, and waits at most 60 s until the controller serves. On
 * failure nothing of the controller is left. -EINTR: `wake_fd` became readable meanwhile. Other
 * errors: `err` has the controller's own message, or what failed here. The caller must be
 * single-threaded. The controller gets default signal actions and blocks no signal.
 */
int daemon_start(struct daemon *daemon, const struct daemon_spec *spec, int wake_fd,
		 struct err *err);

/*
 * Starts a controller in the background, for a new tree or for a tree that lost its controller.
 * Otherwise as daemon_start. The caller owns nothing of it.
 */
int daemon_raise(const struct daemon_spec *spec, int wake_fd, struct err *err);

/*
 * Joins the controller of `tree`. If the tree has lost its controller, first starts one with
 * daemon_raise.
 */
int daemon_join(struct daemon *daemon, const struct rundir_tree *tree, int wake_fd,
		struct err *err);

/*
 * Ends bonsai's own controller. Closes the lifeline, waits until `deadline_ns` (CLOCK_MONOTONIC)
 * for the controller to end, then kills it. Reaps the controller, waits a little for the processes
 * that it left, and removes its folder if the controller did not. `how` tells how the controller
 * ended ("killed by signal 9"; "" for status 0). Of a joined controller, only closes the pidfd.
 * Idempotent.
 */
void daemon_stop(struct daemon *daemon, int64_t deadline_ns, char *how, size_t size);

#endif
