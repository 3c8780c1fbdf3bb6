#include "sandbox/gather.h"

#include "sandbox/cgroup_place.h"
#include "sandbox/within.h"

#include "base/clock.h"
#include "base/cleanup.h"
#include "base/proc_stat.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define LIMIT_NS (2 * NS_PER_S)
#define GROUPS_MAX 8
#define DYING_MS 100

struct gather {
	const int *groups;
	int procs[GROUPS_MAX]; /* cgroup.procs of each group, opened by the launcher */
	int count;
};

struct pids {
	pid_t *all; /* sorted */
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/*
 * Reads the numbers of the processes of a group in the caller's PID namespace; 0: a process outside
 * of this namespace. Opens cgroup.procs at each call: in version 1 a descriptor that stays open
 * shows the old list again.
 */
static int read_members(int group, struct pids *pids)
{
	int fd = openat(group, "cgroup.procs", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
	char number[16];
	int r = 0;

	if (!list) {
		r = -errno;
		cleanup_close(&fd);
		return r;
	}
	pids->count = 0;
	while (r == 0 && fgets(number, sizeof(number), list)) {
		pid_t *more = realloc(pids->all, (pids->count + 1) * sizeof(*more));

		if (!more) {
			r = -ENOMEM;
			break;
		}
		pids->all = more;
		pids->all[pids->count++] = atoi(number);
	}
	fclose(list);
	if (r == 0 && pids->count)
		qsort(pids->all, pids->count, sizeof(*pids->all), compare);
	return r;
}

/*
 * True if the process is gone, or has ended and waits for its parent to reap it. False if only the
 * process's main thread has ended and other threads still run.
 */
static bool is_zombie(pid_t pid)
{
	struct proc_stat stat;

	proc_stat_read(pid, &stat);
	return proc_stat_is_dead(&stat) && stat.threads <= 1;
}

/*
 * Moves into the group all processes that are not in it. Returns how many these were, or a negative
 * errno.
 */
static int move_into(const struct gather *gather, int which, DIR *proc, struct pids *members)
{
	int outside = 0, r = read_members(gather->groups[which], members);
	const struct dirent *entry;

	if (r < 0)
		return r;
	rewinddir(proc);
	while ((entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);

		if (!isdigit(entry->d_name[0]) || pid == getpid() ||
		    (members->count &&
		     bsearch(&pid, members->all, members->count, sizeof(pid), compare)) ||
		    is_zombie(pid))
			continue;
		outside++;
		if (write(gather->procs[which], entry->d_name, strlen(entry->d_name)) < 0 &&
		    errno != ESRCH)
			return -errno;
	}
	return outside;
}

static int move_all(const struct gather *gather, DIR *proc)
{
	int64_t deadline_ns = clock_ns() + LIMIT_NS;
	struct pids members = {0};
	int outside;

	do {
		outside = 0;
		for (int i = 0; i < gather->count; i++) {
			int r = move_into(gather, i, proc, &members);

			if (r < 0)
				return r;
			outside += r;
		}
	} while (outside && clock_ns() < deadline_ns);
	free(members.all);
	return outside ? -EBUSY : 0;
}

/*
 * Runs in the sandbox's PID namespace. Mounts a new /proc in a mount namespace of its own: no
 * program of the sandbox can have mounted anything over that /proc.
 */
static int gather_within(void *arg)
{
	DIR *proc;
	int r;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0)
		return -errno;
	proc = opendir("/proc");
	if (!proc)
		return -errno;
	r = move_all(arg, proc);
	closedir(proc);
	return r;
}

/*
 * True if the init has ended. An init that was killed stays until all processes of its PID
 * namespace are reaped, and meanwhile the kernel starts no new process there. So with is_dying,
 * waits for the init's end, at most DYING_MS.
 */
static bool has_ended(int pidfd, bool is_dying)
{
	struct pollfd poller = {.fd = pidfd, .events = POLLIN};

	return poll(&poller, 1, is_dying ? DYING_MS : 0) == 1;
}

int gather_processes(int pidfd, const int *groups, int count)
{
	struct gather gather = {.groups = groups};
	int r = 0;

	/*
	 * Open cgroup.procs of each group here, in the launcher: at a write, the kernel checks the
	 * rights of the process that opened the file.
	 */
	for (; gather.count < count && r == 0; gather.count++) {
		int *procs = &gather.procs[gather.count];

		*procs =
		    openat(groups[gather.count], "cgroup.procs", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
		if (*procs < 0) {
			r = -errno;
			break;
		}
	}
	if (r == 0)
		r = within_run(pidfd, gather_within, &gather);
	while (gather.count > 0)
		close(gather.procs[--gather.count]);
	return r < 0 && has_ended(pidfd, r == -ENOMEM || r == -ESRCH) ? 0 : r;
}
