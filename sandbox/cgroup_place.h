/*
 * Finds the control groups of a process, version 1 or 2, from the files `mounts` and `cgroup` of
 * its folder in /proc. The code that makes groups uses it, and the doctor, which only checks
 * whether groups can be made.
 */
#ifndef BONSAI_SANDBOX_CGROUP_PLACE_H
#define BONSAI_SANDBOX_CGROUP_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds where the version 1 hierarchy of `controller` is mounted. `controller` NULL: where the
 * version 2 hierarchy is mounted. Returns false if the hierarchy is not mounted.
 */
bool cgroup_find_mount(const char *proc, const char *controller, char *path, size_t size);

/*
 * Finds the process's own group in the hierarchy of `controller`; NULL: in the version 2 hierarchy.
 * `proc` is "/proc/self", except in tests. Returns false if there is no such group.
 */
bool cgroup_find_own(const char *proc, const char *controller, char *path, size_t size);

/*
 * Finds the group below which a group with `controller` can be made. Sets *unified to whether that
 * group is of version 2. `controller` is the controller's name in version 2: "io" stands also for
 * version 1's blkio. Returns false if there is no such group.
 */
bool cgroup_find_place(const char *proc, const char *controller, char *path, size_t size,
		       bool *unified);

/* Writes `text` to the file `file` of an open group. Returns 0 or a negative errno. */
int cgroup_write(int group, const char *file, const char *text);

#endif
