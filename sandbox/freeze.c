#include "sandbox/freeze.h"

#include "sandbox/within.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Runs in the sandbox's PID namespace, where kill(2) with pid -1 signals all processes at one
 * instant, except the init and the caller. ESRCH: there is no process besides the init.
 */
static int signal_all(void *signal)
{
	return kill(-1, *(const int *)signal) < 0 && errno != ESRCH ? -errno : 0;
}

int freeze_sandbox(int pidfd, bool freeze, struct err *err)
{
	int signal = freeze ? SIGSTOP : SIGCONT;
	int r = 0;

	/* Stop the init first, so that it starts no process while the others are stopped. */
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		r = -errno;
	if (r == 0) {
		r = within_run(pidfd, signal_all, &signal);
		/* The other processes could not be stopped: let the init continue too. */
		if (r < 0 && freeze)
			syscall(SYS_pidfd_send_signal, pidfd, SIGCONT, NULL, 0);
	}
	if (r == -EBUSY)
		return err_text(err, r,
				"%s: a program in there stops or kills whoever comes to do it",
				freeze ? "freeze" : "thaw");
	return r < 0 ? err_errno(err, r, freeze ? "freeze" : "thaw") : 0;
}
