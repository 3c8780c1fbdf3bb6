#include "sandbox/lxc_groups.h"

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
#define DEPTH_MAX 4 /* bonsai-PID/ended/lxc.pivot, and one to spare */

static DIR *open_dir(int at, const char *name)
{
	autoclose int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		steal_fd(&fd);
	return dir;
}

/* 0 when it is gone, be it that it never was. */
static int remove_group(int at, const char *name, int depth)
{
	const struct dirent *entry;
	DIR *dir;

	/* The common case: there is none, or nothing in it. */
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

static bool is_dead(const char *name)
{
	char path[32];
	int pid, end;

	if (sscanf(name, "bonsai-%d%n", &pid, &end) != 1 || name[end])
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
		if (is_dead(entry->d_name))
			remove_group(own, entry->d_name, 0);
	closedir(dir);
}

static void add(struct lxc_groups *groups, const char *controller, bool sweep)
{
	char path[PATH_MAX];
	int own;

	if (groups->count == LXC_GROUPS_MAX ||
	    !cgroup_find_own("/proc/self", controller, path, sizeof(path)))
		return;
	own = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (own < 0)
		return;
	if (sweep)
		remove_dead(own);
	groups->own[groups->count++] = own;
}

static void find(struct lxc_groups *groups, pid_t launcher, bool sweep)
{
	FILE *list = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];

	*groups = (struct lxc_groups){0};
	snprintf(groups->tree, sizeof(groups->tree), "bonsai-%d", (int)launcher);
	/* "4:memory:/a/b", "9:name=systemd:/", and of version 2 "0::/a/b". */
	while (list && fgets(line, sizeof(line), list)) {
		char *name = strchr(line, ':');

		if (!name)
			continue;
		name[1 + strcspn(name + 1, ",:")] = '\0';
		add(groups, name[1] ? name + 1 : NULL, sweep);
	}
	if (list)
		fclose(list);
}

void lxc_groups_open(struct lxc_groups *groups, pid_t launcher)
{
	find(groups, launcher, true);
}

/* In the one hierarchy that has the file. */
static void write_below(int group, const char *file, const char *text)
{
	autoclose int fd = openat(group, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		return;
}

static void thaw(const struct lxc_groups *groups, const char *name)
{
	char path[80];

	for (int i = 0; i < groups->count; i++) {
		snprintf(path, sizeof(path), "%s/%s/freezer.state", groups->tree, name);
		write_below(groups->own[i], path, "THAWED");
		snprintf(path, sizeof(path), "%s/%s/cgroup.freeze", groups->tree, name);
		write_below(groups->own[i], path, "0");
	}
}

void lxc_groups_thaw(const struct lxc_groups *groups, uint32_t id)
{
	char name[16];

	snprintf(name, sizeof(name), LXC_GROUP_NODE, id);
	thaw(groups, name);
}

static int clear_once(const struct lxc_groups *groups, uint32_t id)
{
	char node[64], monitor[64];
	int left = 0;

	snprintf(node, sizeof(node), "%s/" LXC_GROUP_NODE, groups->tree, id);
	snprintf(monitor, sizeof(monitor), "%s/" LXC_GROUP_MONITOR, groups->tree, id);
	for (int i = 0; i < groups->count; i++) {
		left += remove_group(groups->own[i], node, 1) < 0;
		left += remove_group(groups->own[i], monitor, 1) < 0;
	}
	return left;
}

void lxc_groups_clear(const struct lxc_groups *groups, uint32_t id)
{
	int64_t deadline_ns = clock_ns() + CLEAR_LIMIT_NS;

	if (!clear_once(groups, id))
		return;
	/* The monitor was killed, and so is the init, but frozen it could not die. */
	lxc_groups_thaw(groups, id);
	while (clear_once(groups, id) && clock_ns() < deadline_ns)
		poll(NULL, 0, LOOK_MS);
}

static void thaw_all(const struct lxc_groups *groups)
{
	for (int i = 0; i < groups->count; i++) {
		const struct dirent *entry;
		DIR *dir = open_dir(groups->own[i], groups->tree);

		while (dir && (entry = readdir(dir)))
			if (entry->d_type == DT_DIR && entry->d_name[0] == 'n')
				thaw(groups, entry->d_name);
		if (dir)
			closedir(dir);
	}
}

void lxc_groups_end(const struct lxc_groups *groups)
{
	int64_t deadline_ns = clock_ns() + END_LIMIT_NS;
	int left;

	do {
		left = 0;
		for (int i = 0; i < groups->count; i++)
			left += remove_group(groups->own[i], groups->tree, 0) == -EBUSY;
		if (!left)
			break;
		thaw_all(groups);
		poll(NULL, 0, LOOK_MS);
	} while (clock_ns() < deadline_ns);
}

void lxc_groups_sweep(pid_t launcher)
{
	struct lxc_groups groups;

	find(&groups, launcher, false);
	lxc_groups_end(&groups);
	for (int i = 0; i < groups.count; i++)
		close(groups.own[i]);
}
