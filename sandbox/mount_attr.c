#include "sandbox/mount_attr.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

static const struct {
	uint64_t attribute;    /* MOUNT_ATTR_..., for mount_setattr(2) */
	unsigned long in_stat; /* ST_... of statvfs(3) */
	unsigned long flag;    /* MS_... of mount(2) */
} flags[] = {
    {MOUNT_ATTR_RDONLY, ST_RDONLY, MS_RDONLY},
    {MOUNT_ATTR_NOSUID, ST_NOSUID, MS_NOSUID},
    {MOUNT_ATTR_NODEV, ST_NODEV, MS_NODEV},
    {MOUNT_ATTR_NOEXEC, ST_NOEXEC, MS_NOEXEC},
    {0, ST_NOATIME, MS_NOATIME},
    {0, ST_NODIRATIME, MS_NODIRATIME},
    {0, ST_RELATIME, MS_RELATIME},
};

/*
 * Remounts `path` with `attributes` added to the flags that the mount has. All flags must be
 * named: a remount drops each flag that it does not name, and the kernel refuses to drop a locked
 * flag.
 */
static int remount(const char *path, uint64_t attributes)
{
	unsigned long all = MS_REMOUNT | MS_BIND;
	struct statvfs is;

	if (statvfs(path, &is) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if ((attributes & flags[i].attribute) || (is.f_flag & flags[i].in_stat))
			all |= flags[i].flag;
	return mount(NULL, path, NULL, all, NULL) < 0 ? -errno : 0;
}

static bool is_at_or_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (path[len] == '/' || !path[len]);
}

static int remount_all(const char *top, uint64_t attributes)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	int r = 0;

	if (!mounts)
		return -errno;
	while (r == 0 && (entry = getmntent(mounts))) {
		if (!is_at_or_below(entry->mnt_dir, top))
			continue;
		r = remount(entry->mnt_dir, attributes);
		/*
		 * Skip a mount that another mount covers, or that is unreachable: no process
		 * reaches it at that path.
		 */
		if ((r == -ENOENT || r == -EACCES) && strcmp(entry->mnt_dir, top) != 0)
			r = 0;
	}
	endmntent(mounts);
	return r;
}

int mount_attr_set(int fd, uint64_t attributes, const char *name, struct err *err)
{
	struct mount_attr attr = {.attr_set = attributes};
	char path[32];
	int r = 0;

	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		r = -errno;
	if (r == -ENOSYS) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		r = remount(path, attributes);
	}
	return r < 0 ? err_errno(err, r, "make %s read-only", name) : 0;
}

int mount_attr_set_all(const char *path, uint64_t attributes, struct err *err)
{
	struct mount_attr attr = {.attr_set = attributes};
	int r = 0;

	if (mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		r = -errno;
	if (r == -ENOSYS)
		r = remount_all(path, attributes);
	return r < 0 ? err_errno(err, r, "make %s read-only", path) : 0;
}
