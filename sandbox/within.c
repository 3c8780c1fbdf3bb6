#include "sandbox/within.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
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
 * Runs in a child that has joined the sandbox's PID namespace, so that the processes forked here
 * are in that namespace.
 */
static int run_again(int (*what)(void *arg), void *arg)
{
	for (int i = 0; i < TRIES; i++) {
		pid_t pid = fork();
		int status, r;

		if (pid < 0)
			return -errno;
		if (pid == 0)
			_exit(-what(arg));
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

int within_run(int pidfd, int (*what)(void *arg), void *arg)
{
	pid_t pid = fork();
	int status, r;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(setns(pidfd, CLONE_NEWPID) < 0 ? errno : -run_again(what, arg));
	r = wait_for(pid, 0, &status);
	if (r < 0)
		return r;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}
