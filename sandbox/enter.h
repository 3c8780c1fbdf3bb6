/*
 * Entering a sandbox by the kernel's way: a program joins the namespaces of a node's init,
 * gives up what that gave up, and runs at the caller's own terminal. It needs neither
 * launcher nor network; it ends with the sandbox, or with its caller.
 */
#ifndef BONSAI_SANDBOX_ENTER_H
#define BONSAI_SANDBOX_ENTER_H

#include "base/err.h"

#include <sys/types.h>

/* The process number behind a pidfd; 0 when that has ended. */
pid_t sandbox_init_of(int pidfd);

/*
 * `filter`: what the sandbox was given (filter_take of filter.h), or 0. Runs argv[0], looked up as
 * execvp(3) does, in the sandbox of the init that `pidfd` is of, and waits for its end, stopping
 * when it is stopped by its terminal. Its wait status goes to *status; that of a program that could
 * not be started is 127 or 126, and it has said so. SIGHUP, SIGINT, SIGQUIT and
 * SIGTERM, unless ignored, end the program and then the caller in their way. 0, or a negative errno
 * when the sandbox could not be entered: then nothing ran. The caller is single-threaded and runs
 * nothing else.
 */
int sandbox_enter(int pidfd, int filter, char *const argv[], int *status, struct err *err);

#endif
