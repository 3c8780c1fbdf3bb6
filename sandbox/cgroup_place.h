/*
 * Finds the control groups of a process, version 1 or 2, by the files mounts and cgroup of its
 * folder in /proc. Used by the code that makes groups, and by the doctor, which only checks whether
 * groups can be made.
 */
#ifndef BONSAI_SANDBOX_CGROUP_PLACE_H
#define BONSAI_SANDBOX_CGROUP_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds where the version 1 hierarchy of `controller` is mounted; NULL: that of version 2. False:
 * not mounted.
 */
bool cgroup_find_mount(const char *proc, const char *controller, char *path, size_t size);

/*
 * Finds the process's own group in the hierarchy of `controller`. `proc` is "/proc/self", except in
 * tests. False: there is none.
 */
bool cgroup_find_own(const char *proc, const char *controller, char *path, size_t size);

/*
 * Finds the group below which a group with `controller` can be made. *unified: the group is of
 * version 2. `controller` is the name in version 2; for "io", version 1 has blkio. False: there is
 * none.
 */
bool cgroup_find_place(const char *proc, const char *controller, char *path, size_t size,
		       bool *unified);

/* Writes `text` to a file of an open group. Returns 0 or a negative errno. */
int cgroup_write(int group, const char *file, const char *text);

#endif
