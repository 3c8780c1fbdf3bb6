#include "sandbox/cgroup_aside.h"

#include "sandbox/cgroup_place.h"

#include "base/cleanup.h"
#include "base/proc_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 64 /* size of the name of the group for processes that step aside */

static void name_aside(const char *tree, char *name, size_t size)
{
	snprintf(name, size, "%s" CGROUP_ASIDE, tree);
}

/*
 * True if the process is a helper of the launcher: a child with one of these names. A child that
 * was just forked still has the launcher's name. A node's init is no helper: the init belongs in
 * its sandbox's group.
 */
static bool is_helper(pid_t pid)
{
	static const char *const names[] = {"bonsai-cloner", "bonsai-sweeper", "bonsai-spawner",
					    "bonsai-monitor", "bonsai-launcher"};
	struct proc_stat stat;

	/* Read the name only once: the process may be changing its name. */
	if (!proc_stat_read(pid, &stat) || stat.parent != getpid())
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(stat.name, names[i]))
			return true;
	return false;
}

/*
 * Moves the processes of group `from` for which `which` returns true (NULL: all) into group `to`.
 * The kernel takes only one process number in each write.
 */
static void move(int from, int to, bool (*which)(pid_t pid))
{
	autoclose int fd = openat(from, "cgroup.procs", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
	char number[16];

	if (!list)
		return;
	steal_fd(&fd);
	while (fgets(number, sizeof(number), list))
		if (!which || which(atoi(number)))
			cgroup_write(to, "cgroup.procs", number);
	fclose(list);
}

int cgroup_step_back(int own, const char *tree)
{
	static const char *const controllers[] = {"-memory", "-pids", "-cpu", "-io"};
	char name[NAME_BYTES];
	autoclose int aside = -1;

	name_aside(tree, name, sizeof(name));
	aside = openat(own, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (aside < 0)
		return errno == ENOENT ? 0 : -errno;
	/*
	 * The kernel lets no process into a group that hands controllers on. So first disable the
	 * controllers for the groups below.
	 */
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		cgroup_write(own, "cgroup.subtree_control", controllers[i]);
	move(aside, own, NULL);
	return unlinkat(own, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static bool is_empty(int group)
{
	autoclose int fd = openat(group, "cgroup.procs", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char byte;

	return fd >= 0 && read(fd, &byte, 1) == 0;
}

static int open_aside(int own, const char *name)
{
	int aside;

	if (mkdirat(own, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	aside = openat(own, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return aside < 0 ? -errno : aside;
}

int cgroup_step_aside(int own, const char *tree)
{
	char name[NAME_BYTES], number[16];
	autoclose int aside = -1;
	struct proc_stat stat;
	int r;

	if (faccessat(own, "cgroup.type", F_OK, 0) < 0 || is_empty(own))
		return 0;
	name_aside(tree, name, sizeof(name));
	aside = open_aside(own, name);
	r = aside < 0 ? aside : cgroup_write(aside, "cgroup.procs", "0");
	/*
	 * Move the controller, and a bonsai command that waits for the controller. Ignore failures:
	 * an ancestor may be in another group, or gone.
	 */
	for (pid_t pid = getppid();
	     r == 0 && proc_stat_read(pid, &stat) && !strncmp(stat.name, "bonsai", 6);
	     pid = stat.parent) {
		snprintf(number, sizeof(number), "%d", (int)pid);
		cgroup_write(aside, "cgroup.procs", number);
	}
	if (r == 0)
		move(own, aside, is_helper);
	/*
	 * If other processes stay, fail: the kernel would hand on some controllers all the same,
	 * but then no process could be in the tree's group.
	 */
	if (r == 0 && !is_empty(own))
		r = -EBUSY;
	if (r < 0)
		cgroup_step_back(own, tree);
	return r;
}
