/*
 * Signal dispositions of a process that is about to execute another program, or that must clean up
 * before it ends. The functions are async-signal-safe, so a forked child of a multi-threaded
 * process may call them too.
 */
#ifndef BONSAI_BASE_SIGNALS_H
#define BONSAI_BASE_SIGNALS_H

#include "base/cleanup.h"

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Sets all signals to their default action and unblocks them, as for a login shell. Uses the system
 * call: glibc's sigaction(2) refuses the two signals that glibc reserves. A process that
 * posix_spawn(3) started may have inherited these two as ignored.
 */
static inline void signals_reset(void)
{
	/* The kernel's struct sigaction, all zero: SIG_DFL, no flags, an empty mask. */
	static const uint64_t by_default[8];
	sigset_t none;

	for (int number = 1; number < _NSIG; number++)
		syscall(SYS_rt_sigaction, number, by_default, NULL, _NSIG / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Adds the signals that ask a process to end. Leaves out each signal that is ignored already, for
 * example because nohup(1) started this process: such a signal stays ignored.
 */
static inline void signals_add_endings(sigset_t *set)
{
	static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action;

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (sigaction(endings[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(set, endings[i]);
}

#endif
