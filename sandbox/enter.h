/*
 * Enters a sandbox by setns(2). A process joins the namespaces of a node's init and gives up the
 * same privileges as the init. Then it runs a program at the caller's terminal. It needs neither
 * the launcher nor the network. The program ends with the sandbox, or with its caller.
 */
#ifndef BONSAI_SANDBOX_ENTER_H
#define BONSAI_SANDBOX_ENTER_H

#include "base/err.h"

#include <sys/types.h>

/* Returns the process number of the process that `pidfd` refers to. 0: the process has ended. */
pid_t sandbox_init_of(int pidfd);

/*
 * Runs the program argv[0] in the sandbox whose init `pidfd` refers to, and waits until the program
 * ends. Looks argv[0] up as execvp(3) does. If the terminal stops the program, the caller stops
 * too. `filter`: a descriptor of the sandbox's seccomp filter for filter_take (filter.h); 0: the
 * default filter.
 *
 * Sets *status to the program's wait status. If the program could not be started, its exit status
 * is 127 or 126, and an error is printed to standard error. SIGHUP, SIGINT, SIGQUIT and SIGTERM,
 * unless ignored, end the program and then end the caller by the same signal.
 *
 * Returns 0, or a negative errno if the sandbox could not be entered: then no program ran. The
 * caller is single-threaded and does nothing else.
 */
int sandbox_enter(int pidfd, int filter, char *const argv[], int *status, struct err *err);

#endif
