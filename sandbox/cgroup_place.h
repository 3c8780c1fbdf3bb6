/*
 * Where we are among the host's control groups, version 1 or 2: read from mounts and
 * cgroup of a process's folder in /proc. What makes groups and what only looks whether
 * that is possible (the doctor) both begin here.
 */
#ifndef BONSAI_SANDBOX_CGROUP_PLACE_H
#define BONSAI_SANDBOX_CGROUP_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* Where the hierarchy of a controller of version 1 is mounted; `controller` NULL: version 2. */
bool cgroup_find_mount(const char *proc, const char *controller, char *path, size_t size);

/* Our own group in it. `proc` is "/proc/self", but in tests. False: there is none. */
bool cgroup_find_own(const char *proc, const char *controller, char *path, size_t size);

/*
 * The group from which one with that controller can be made; *unified: it is of version 2.
 * Controllers are called as there; io was blkio in version 1.
 */
bool cgroup_find_place(const char *proc, const char *controller, char *path, size_t size,
		       bool *unified);

/* Writes to a file of an open group. 0 or a negative errno. */
int cgroup_write(int group, const char *file, const char *text);

#endif
