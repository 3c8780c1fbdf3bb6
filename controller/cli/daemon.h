/*
 * Starts, joins and ends controllers (bonsaid) for the command line. A controller is one of three
 * kinds: bonsai's own, joined, or background.
 *
 * bonsai's own controller is a child of bonsai, in another session (setsid), tied to bonsai by a
 * lifeline. This controller runs while bonsai's end of the lifeline is open. When bonsai or the
 * controller dies, the other process notices. bonsai owns the controller's process, the lifeline
 * and, once the controller is gone, the controller's folder.
 *
 * A joined controller was started by another process: bonsai only watches it. A background
 * controller is started by bonsai, but outlives bonsai: bonsai owns nothing of it.
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
	bool held;		   /* the tree exists already, and must survive a failed start */
};

struct daemon {
	pid_t pid;    /* 0: bonsai has no child process to reap */
	int pidfd;    /* readable once the controller has ended; -1: there is no pidfd */
	int lifeline; /* bonsai's end; -1: closed */
	bool adopts;  /* orphans of the controller become children of bonsai */
	char dir[RUNDIR_PATH_BYTES];
};

#define DAEMON_INIT                                                                                \
	{                                                                                          \
		.pidfd = -1, .lifeline = -1                                                        \
	}

/*
 * Executes bonsaid in place of this process. Looks for bonsaid in the folder of this program, then
 * in ../libexec/bonsai, then in PATH. Returns only on failure, after reporting the error.
 */
void daemon_exec(char *const argv[]);

/*
 * Starts bonsaid, found as daemon_exec finds it, and waits at most 60 s until the controller
 * accepts clients. On failure no process and no folder of the controller is left. Error -EINTR:
 * `wake_fd` became readable meanwhile. For other errors `err` has the message of the controller or
 * of the system call that failed here. The caller must be single-threaded. The controller starts
 * with default signal actions and no blocked signals.
 */
int daemon_start(struct daemon *daemon, const struct daemon_spec *spec, int wake_fd,
		 struct err *err);

/*
 * Starts a controller in the background, for a new tree or for a tree that lost its controller. The
 * caller owns nothing of that controller. Otherwise the same as daemon_start.
 */
int daemon_raise(const struct daemon_spec *spec, int wake_fd, struct err *err);

/*
 * Joins the controller of `tree`. If the tree has lost its controller, first starts a new
 * controller with daemon_raise.
 */
int daemon_join(struct daemon *daemon, const struct rundir_tree *tree, int wake_fd,
		struct err *err);

/*
 * Ends bonsai's own controller. Closes the lifeline, waits until `deadline_ns` (CLOCK_MONOTONIC)
 * for the controller to end, then kills the controller. Reaps the controller and waits a little for
 * the processes that the controller left. Removes the controller's folder if the controller did
 * not. `how` tells how the controller ended ("killed by signal 9"; "" for status 0). For a joined
 * controller, only closes the pidfd. Idempotent.
 */
void daemon_stop(struct daemon *daemon, int64_t deadline_ns, char *how, size_t size);

#endif
