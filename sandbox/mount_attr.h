/*
 * Restricting mounts that are there: mount_setattr(2), and where the kernel lacks it (before 5.12)
 * a remount of each.
 */
#ifndef BONSAI_SANDBOX_MOUNT_ATTR_H
#define BONSAI_SANDBOX_MOUNT_ATTR_H

#include "base/err.h"

#include <stdint.h>

/*
 * Sets `attributes`, of MOUNT_ATTR_RDONLY, _NOSUID, _NODEV and _NOEXEC, on the attached mount at
 * whose root the descriptor `fd` is, which open_tree(2) or O_PATH made; what it has is kept. /proc
 * must be there. 0, or a negative errno with a sentence that begins with "make NAME read-only".
 */
int mount_attr_set(int fd, uint64_t attributes, const char *name, struct err *err);

/* The same on the mount at `path`, an absolute one without links, and on all that are below it. */
int mount_attr_set_all(const char *path, uint64_t attributes, struct err *err);

#endif
