#include "sandbox/freeze.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES 10

static int wait_for(pid_t pid, int flags, int *status)
{
	while (waitpid(pid, status, flags) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/*
 * In a child of one that has joined the PID namespace, which is in it: there kill(2) of -1 means
 * every process but the init and itself, all at one instant. Where nodes have no ids of their own
 * it may be stopped or killed by what it comes for: so it is not waited for then.
 */
static int signal_within(int signal)
{
	for (int i = 0; i < TRIES; i++) {
		pid_t pid = fork();
		int status, r;

		if (pid < 0)
			return -errno;
		/* ESRCH: the init is alone. */
		if (pid == 0)
			_exit(kill(-1, signal) < 0 && errno != ESRCH ? errno : 0);
		r = wait_for(pid, WUNTRACED, &status);
		if (r < 0 || WIFEXITED(status))
			return r < 0 ? r : -WEXITSTATUS(status);
		if (WIFSTOPPED(status)) {
			kill(pid, SIGKILL);
			wait_for(pid, 0, &status);
		}
	}
	return -EBUSY;
}

static int signal_all(int pidfd, int signal)
{
	pid_t pid = fork();
	int status, r;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(setns(pidfd, CLONE_NEWPID) < 0 ? errno : -signal_within(signal));
	r = wait_for(pid, 0, &status);
	if (r < 0)
		return r;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int freeze_sandbox(int pidfd, bool freeze, struct err *err)
{
	int signal = freeze ? SIGSTOP : SIGCONT;
	int r = 0;

	/* The init first, so that it starts nothing while the others are stopped. */
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		r = -errno;
	if (r == 0) {
		r = signal_all(pidfd, signal);
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
