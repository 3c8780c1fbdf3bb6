/*
 * Signals of a process that is about to execute another program, or that must clean up before it
 * ends. Async-signal-safe: for a child of a process with threads as well.
 */
#ifndef BONSAI_BASE_SIGNALS_H
#define BONSAI_BASE_SIGNALS_H

#include "base/cleanup.h"

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * None is ignored, handled or blocked any more, as a login shell has it. By the system call, since
 * glibc's sigaction(2) refuses the two signals that it keeps for itself: who was started by
 * posix_spawn(3) may have them ignored.
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
 * Adds the signals that ask a process to end. A signal that the starter of this process has set to
 * be ignored, as nohup(1) does, is left out: it stays ignored.
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
