#include "sandbox/cgroup_io.h"

#include "sandbox/cgroup_place.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool read_line(int folder, const char *disk, const char *name, char *line, size_t size)
{
	char path[300];
	ssize_t len;

	snprintf(path, sizeof(path), "%.255s/%s", disk, name);
	autoclose int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, line, size - 1);
	if (len <= 0)
		return false;
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* False for a device with 0 sectors: it is no disk, for example a loop device without a file. */
static bool is_disk(int folder, const char *name, char number[24])
{
	char sectors[24];
	int major, minor, end = 0;

	return name[0] != '.' && read_line(folder, name, "size", sectors, sizeof(sectors)) &&
	       strcmp(sectors, "0") && read_line(folder, name, "dev", number, 24) &&
	       sscanf(number, "%d:%d%n", &major, &minor, &end) == 2 && !number[end];
}

void disks_find(struct disks *disks, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char number[24];

	*disks = (struct disks){0};
	while (dir && (entry = readdir(dir))) {
		void *more;

		if (!is_disk(dirfd(dir), entry->d_name, number))
			continue;
		more = realloc(disks->numbers, (disks->count + 1) * sizeof(*disks->numbers));
		if (!more)
			break;
		disks->numbers = more;
		strcpy(disks->numbers[disks->count++], number);
	}
	if (dir)
		closedir(dir);
}

void disks_release(struct disks *disks)
{
	free(disks->numbers);
	*disks = (struct disks){0};
}

static int limit_disk(int group, bool unified, const char *disk, uint64_t bytes)
{
	char text[96];
	int r;

	if (unified && bytes)
		snprintf(text, sizeof(text), "%s rbps=%" PRIu64 " wbps=%" PRIu64, disk, bytes,
			 bytes);
	else if (unified)
		snprintf(text, sizeof(text), "%s rbps=max wbps=max", disk);
	else
		snprintf(text, sizeof(text), "%s %" PRIu64, disk, bytes);
	if (unified)
		return cgroup_write(group, "io.max", text);
	r = cgroup_write(group, "blkio.throttle.read_bps_device", text);
	return r < 0 ? r : cgroup_write(group, "blkio.throttle.write_bps_device", text);
}

int cgroup_write_io(int group, bool unified, const struct disks *disks, uint64_t bytes)
{
	bool limited = false;

	for (size_t i = 0; i < disks->count; i++) {
		int r = limit_disk(group, unified, disks->numbers[i], bytes);

		/*
		 * Ignore a disk that was removed meanwhile, or for which the kernel takes no limit.
		 */
		if (r < 0 && r != -ENODEV && r != -ENXIO && r != -EOPNOTSUPP)
			return r;
		limited = limited || r == 0;
	}
	return limited || !bytes ? 0 : -ENODEV;
}
