#include "sandbox/freeze.h"

#include "sandbox/within.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * In the PID namespace kill(2) of -1 means every process but the init and the caller, all at one
 * instant. ESRCH: the init is alone.
 */
static int signal_all(void *signal)
{
	return kill(-1, *(const int *)signal) < 0 && errno != ESRCH ? -errno : 0;
}

int freeze_sandbox(int pidfd, bool freeze, struct err *err)
{
	int signal = freeze ? SIGSTOP : SIGCONT;
	int r = 0;

	/* The init first, so that it starts nothing while the others are stopped. */
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		r = -errno;
	if (r == 0) {
		r = within_run(pidfd, signal_all, &signal);
		/* Not half of it. */
		if (r < 0 && freeze)
			syscall(SYS_pidfd_send_signal, pidfd, SIGCONT, NULL, 0);
	}
	if (r == -EBUSY)
		return err_text(err, r,
				"%s: a program in there stops or kills whoever comes to do it",
				freeze ? "freeze" : "thaw");
	return r < 0 ? err_errno(err, r, freeze ? "freeze" : "thaw") : 0;
}
