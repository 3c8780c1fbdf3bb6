#include "sandbox/hierarchies.h"

#include "sandbox/cgroup_aside.h"
#include "sandbox/cgroup_place.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define CLEAR_LIMIT_NS (2 * NS_PER_S)
#define END_LIMIT_NS (5 * NS_PER_S)
#define LOOK_MS 2
#define DEPTH_MAX 4 /* depth of bonsai-PID/ended/lxc.pivot, and one level more */

static DIR *open_dir(int at, const char *name)
{
	autoclose int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		steal_fd(&fd);
	return dir;
}

/*
 * Removes a group, and first the groups below it if there are any. Returns 0 if the group is gone,
 * even if it never existed.
 */
static int remove_group(int at, const char *name, int depth)
{
	const struct dirent *entry;
	DIR *dir;

	/* The common case: the group does not exist, or has no group below it. */
	if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	dir = depth < DEPTH_MAX ? open_dir(at, name) : NULL;
	if (!dir)
		return -EBUSY;
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			remove_group(dirfd(dir), entry->d_name, depth + 1);
	closedir(dir);
	return unlinkat(at, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

/*
 * Thaws the group `name`. Writes to the files of both versions. Only the hierarchy that can freeze
 * has one of these files; the other writes fail.
 */
static void thaw(int own, const char *tree, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/freezer.state", tree, name);
	cgroup_write(own, path, "THAWED");
	snprintf(path, sizeof(path), "%s/%s/cgroup.freeze", tree, name);
	cgroup_write(own, path, "0");
}

static void thaw_all(int own, const char *tree)
{
	const struct dirent *entry;
	DIR *dir = open_dir(own, tree);

	while (dir && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] == 'n')
			thaw(own, tree, entry->d_name);
	if (dir)
		closedir(dir);
}

static bool is_dead(const char *name)
{
	char path[32];
	int pid, end;

	if (sscanf(name, "bonsai-%d%n", &pid, &end) != 1 ||
	    (name[end] && strcmp(name + end, CGROUP_ASIDE)))
		return false;
	snprintf(path, sizeof(path), "/proc/%d", pid);
	return access(path, F_OK) < 0 && errno == ENOENT;
}

static void remove_dead(int own)
{
	const struct dirent *entry;
	DIR *dir = open_dir(own, ".");

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		/*
		 * A group with frozen processes cannot be removed, so thaw the processes. They die,
		 * and the next launcher removes the group.
		 */
		if (is_dead(entry->d_name) && remove_group(own, entry->d_name, 0) < 0)
			thaw_all(own, entry->d_name);
	closedir(dir);
}

static void add(struct hierarchies *all, const char *controller)
{
	char path[PATH_MAX];
	int own;

	if (all->count == HIERARCHIES_MAX ||
	    !cgroup_find_own("/proc/self", controller, path, sizeof(path)))
		return;
	own = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (own < 0)
		return;
	remove_dead(own);
	if (!controller)
		all->unified = all->count;
	all->own[all->count++] = own;
}

void hierarchies_open(struct hierarchies *all, pid_t launcher)
{
	FILE *list = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];

	*all = (struct hierarchies){.unified = -1};
	snprintf(all->tree, sizeof(all->tree), "bonsai-%d", (int)launcher);
	/* Lines are like "4:memory:/a/b", "9:name=systemd:/", and in version 2 "0::/a/b". */
	while (list && fgets(line, sizeof(line), list)) {
		char *name = strchr(line, ':');

		if (!name)
			continue;
		name[1 + strcspn(name + 1, ",:")] = '\0';
		add(all, name[1] ? name + 1 : NULL);
	}
	if (list)
		fclose(list);
}

void hierarchies_close(struct hierarchies *all)
{
	while (all->count > 0)
		close(all->own[--all->count]);
}

void hierarchies_thaw(const struct hierarchies *all, uint32_t id)
{
	char name[16];

	snprintf(name, sizeof(name), GROUP_OF_SANDBOX, id);
	for (int i = 0; i < all->count; i++)
		thaw(all->own[i], all->tree, name);
}

static int clear_once(const struct hierarchies *all, uint32_t id)
{
	char node[64], monitor[64];
	int left = 0;

	snprintf(node, sizeof(node), "%s/" GROUP_OF_SANDBOX, all->tree, id);
	snprintf(monitor, sizeof(monitor), "%s/" GROUP_OF_MONITOR, all->tree, id);
	for (int i = 0; i < all->count; i++) {
		left += remove_group(all->own[i], node, 1) < 0;
		left += remove_group(all->own[i], monitor, 1) < 0;
	}
	return left;
}

void hierarchies_clear(const struct hierarchies *all, uint32_t id)
{
	int64_t deadline_ns = clock_ns() + CLEAR_LIMIT_NS;

	if (!clear_once(all, id))
		return;
	/* The monitor and the init were killed, but frozen processes cannot die. So thaw them. */
	hierarchies_thaw(all, id);
	while (clear_once(all, id) && clock_ns() < deadline_ns)
		poll(NULL, 0, LOOK_MS);
}

/* Removes the tree's group in all hierarchies. Returns how many still have it. */
static int end_once(const struct hierarchies *all)
{
	int left = 0;

	for (int i = 0; i < all->count; i++)
		if (remove_group(all->own[i], all->tree, 0) == -EBUSY) {
			thaw_all(all->own[i], all->tree);
			left++;
		}
	return left;
}

void hierarchies_end(const struct hierarchies *all)
{
	int64_t deadline_ns = clock_ns() + END_LIMIT_NS;

	while (end_once(all) && clock_ns() < deadline_ns)
		poll(NULL, 0, LOOK_MS);
	while (all->unified >= 0 && cgroup_step_back(all->own[all->unified], all->tree) < 0 &&
	       clock_ns() < deadline_ns)
		poll(NULL, 0, LOOK_MS);
}
