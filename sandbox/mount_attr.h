/*
 * Restricts existing mounts. Uses mount_setattr(2), or remounts each mount if the kernel lacks that
 * call (before 5.12).
 */
#ifndef BONSAI_SANDBOX_MOUNT_ATTR_H
#define BONSAI_SANDBOX_MOUNT_ATTR_H

#include "base/err.h"

#include <stdint.h>

/*
 * Adds `attributes` (of MOUNT_ATTR_RDONLY, _NOSUID, _NODEV and _NOEXEC) to those of an attached
 * mount. `fd` is a descriptor of the mount's root, from open_tree(2) or O_PATH. /proc must be
 * mounted. Returns 0, or a negative errno with a message that begins with "make NAME read-only".
 */
int mount_attr_set(int fd, uint64_t attributes, const char *name, struct err *err);

/*
 * As mount_attr_set, for the mount at `path` and all mounts below it. `path` is absolute and
 * contains no symbolic links.
 */
int mount_attr_set_all(const char *path, uint64_t attributes, struct err *err);

#endif
