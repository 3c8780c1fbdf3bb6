#include "sandbox/cgroup_place.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *open_in(const char *proc, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	return fopen(path, "re");
}

bool cgroup_find_mount(const char *proc, const char *controller, char *path, size_t size)
{
	FILE *mounts = open_in(proc, "mounts");
	char line[PATH_MAX], at[512], type[32], options[512];
	bool found = false;

	while (mounts && !found && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*s %511s %31s %511s", at, type, options) != 3 ||
		    strcmp(type, controller ? "cgroup" : "cgroup2"))
			continue;
		for (char *rest = options, *word; (word = strsep(&rest, ",")) && !found;)
			found = !controller || !strcmp(word, controller);
	}
	if (mounts)
		fclose(mounts);
	if (found)
		snprintf(path, size, "%s", at);
	return found;
}

/*
 * Finds the process's group in the hierarchy of `controller`. A line of /proc/PID/cgroup is like
 * "4:memory:/a/b" or, in version 2, "0::/a/b".
 */
static bool find_group(const char *proc, const char *controller, char *path, size_t size)
{
	FILE *groups = open_in(proc, "cgroup");
	char line[PATH_MAX];
	bool found = false;

	while (groups && !found && fgets(line, sizeof(line), groups)) {
		char *names = strchr(line, ':'), *own = names ? strchr(names + 1, ':') : NULL;

		if (!own)
			continue;
		*own++ = '\0';
		own[strcspn(own, "\n")] = '\0';
		names++;
		if (!controller)
			found = !*names;
		for (char *rest = names, *word;
		     controller && !found && (word = strsep(&rest, ","));)
			found = !strcmp(word, controller);
		if (found)
			snprintf(path, size, "%s", own);
	}
	if (groups)
		fclose(groups);
	return found;
}

bool cgroup_find_own(const char *proc, const char *controller, char *path, size_t size)
{
	char mount[512], own[1024];

	if (!cgroup_find_mount(proc, controller, mount, sizeof(mount)) ||
	    !find_group(proc, controller, own, sizeof(own)))
		return false;
	snprintf(path, size, "%s%s", mount, strcmp(own, "/") ? own : "");
	/*
	 * In a container /proc/PID/cgroup often shows the path as the host sees it, while only the
	 * container's own group is mounted. Then that mount is the group.
	 */
	if (access(path, F_OK) < 0)
		snprintf(path, size, "%s", mount);
	return true;
}

/* True if the group `path` of version 2 can hand the controller on. */
static bool has_controller(const char *path, const char *controller)
{
	char file[PATH_MAX + 32], line[512] = "";
	FILE *list;

	snprintf(file, sizeof(file), "%s/cgroup.controllers", path);
	list = fopen(file, "re");
	if (list && !fgets(line, sizeof(line), list))
		*line = '\0';
	if (list)
		fclose(list);
	for (char *rest = line, *word; (word = strsep(&rest, " \n"));)
		if (!strcmp(word, controller))
			return true;
	return false;
}

bool cgroup_find_place(const char *proc, const char *controller, char *path, size_t size,
		       bool *unified)
{
	*unified = cgroup_find_own(proc, NULL, path, size) && has_controller(path, controller);
	return *unified ||
	       cgroup_find_own(proc, strcmp(controller, "io") ? controller : "blkio", path, size);
}

int cgroup_write(int group, const char *file, const char *text)
{
	autoclose int fd = openat(group, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}
