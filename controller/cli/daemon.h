/*
 * A controller of our own: bonsaid as a child in a session of its own, tied to us
 * by a lifeline. While our end of it is open the controller runs; when either side
 * dies the other one notices. Owns the process, the lifeline and, once the
 * controller is gone, its folder.
 */
#ifndef BONSAI_CLI_DAEMON_H
#define BONSAI_CLI_DAEMON_H

#include "base/err.h"
#include "controller/rundir.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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
 * Starts bonsaid from beside this program, ../libexec/bonsai, or PATH, and waits at
 * most 15 s until it serves. Everything of it is gone again on failure. -EINTR when
 * `wake_fd` became readable meanwhile; else the error is the controller's own
 * sentence, or what failed here. The caller must be single-threaded. The controller
 * gets default signals, none of them blocked.
 */
int daemon_start(struct daemon *daemon, const char *backend, int wake_fd, struct err *err);

/*
 * Closes the lifeline, waits until `deadline_ns` (CLOCK_MONOTONIC) for the controller
 * to end, kills it after that, reaps it, waits a little for what it left, and removes
 * its folder if it didn't do so itself. How it ended goes to `how` ("killed by signal
 * 9"; "" for status 0). Idempotent.
 */
void daemon_stop(struct daemon *daemon, int64_t deadline_ns, char *how, size_t size);

/* Waits until `deadline_ns` for the controller to end by itself; true if it has. */
bool daemon_wait(const struct daemon *daemon, int64_t deadline_ns);

#endif
