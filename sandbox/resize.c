#include "sandbox/resize.h"

#include "sandbox/root.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define USUAL_BYTES (64ull << 20)

/*
 * Runs in a child: a process that has joined the sandbox's namespaces cannot return to the
 * launcher's.
 */
static int remount(int pidfd, const char *options)
{
	if (setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return errno;
	/* Repeat the flags of the first mount: a remount drops flags that it does not name. */
	return mount(NULL, "/run", NULL, MS_REMOUNT | MS_NOSUID | MS_NODEV, options) < 0 ? errno
											 : 0;
}

int resize_run(int pidfd, uint64_t bytes, struct err *err)
{
	char options[48];
	int status = 0;
	pid_t pid;

	snprintf(options, sizeof(options), "size=%llu",
		 (unsigned long long)(bytes ? bytes + ROOT_OWN_BYTES : USUAL_BYTES));
	pid = fork();
	if (pid == 0)
		_exit(remount(pidfd, options));
	if (pid < 0)
		return err_errno(err, -errno, "limit disk");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, -errno, "limit disk");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EINVAL)
		return err_text(err, -EINVAL, "limit disk: more than that is in use");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_errno(err, WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR,
				 "limit disk");
	return 0;
}
