#include "tests/bench/nest.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

int nest_enter(struct err *err)
{
	char uid_map[32], gid_map[32];
	int code;

	snprintf(uid_map, sizeof(uid_map), "0 %u 1", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS))
		return err_errno(err, -errno, "unshare user, network and mount namespace");
	if ((code = write_file("/proc/self/setgroups", "deny")) ||
	    (code = write_file("/proc/self/uid_map", uid_map)) ||
	    (code = write_file("/proc/self/gid_map", gid_map)))
		return err_errno(err, code, "map the ids");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_errno(err, -errno, "make the mounts private");
	return 0;
}

static int map_ids(pid_t pid)
{
	char path[40];
	int code;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	if ((code = write_file(path, "0 0 1")))
		return code;
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	return write_file(path, "0 0 1");
}

pid_t nest_clone(uint64_t flags, int (*run)(void *arg), void *arg, int *pidfd)
{
	autoclose int fd = -1;
	struct clone_args args = {.flags = flags | CLONE_PIDFD | CLONE_FILES,
				  .exit_signal = SIGCHLD,
				  .pidfd = (uintptr_t)&fd};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	int code;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/*
		 * Close the inherited descriptors: a netlink socket would keep another sandbox's
		 * namespace alive. The child shares the parent's table of descriptors until here
		 * (CLONE_FILES), so the kernel copies only the descriptors that are kept.
		 */
		close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_UNSHARE);
		_exit(run(arg));
	}
	if (flags & CLONE_NEWUSER && (code = map_ids(pid))) {
		kill(pid, SIGKILL);
		return code;
	}
	*pidfd = steal_fd(&fd);
	return pid;
}

int nest_pause(void *unused)
{
	(void)unused;
	for (;;)
		pause();
}
