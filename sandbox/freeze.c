#include "sandbox/freeze.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/*
 * A child of one that has joined the PID namespace is in it, and there kill(2) of -1
 * means every process but the init and itself, all at one instant. Exits with the errno.
 */
static int signal_all(int pidfd, int signal)
{
	pid_t pid = fork(), inner;
	int r;

	if (pid < 0)
		return -errno;
	if (pid > 0)
		return wait_for(pid);
	if (setns(pidfd, CLONE_NEWPID) < 0)
		_exit(errno);
	inner = fork();
	if (inner < 0)
		_exit(errno);
	if (inner > 0)
		_exit(-wait_for(inner));
	r = kill(-1, signal);
	/* ESRCH: the init is alone. */
	_exit(r < 0 && errno != ESRCH ? errno : 0);
}

int freeze_sandbox(int pidfd, bool freeze, struct err *err)
{
	int signal = freeze ? SIGSTOP : SIGCONT;
	int r = 0;

	/* The init first, so that it starts nothing while the others are stopped. */
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		r = -errno;
	if (r == 0)
		r = signal_all(pidfd, signal);
	return r < 0 ? err_errno(err, r, freeze ? "freeze" : "thaw") : 0;
}
