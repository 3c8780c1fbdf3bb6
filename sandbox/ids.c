#include "sandbox/ids.h"

#include "sandbox/subids.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static int put(pid_t pid, const char *file, const char *text, struct err *err)
{
	char path[48];
	autoclose int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_errno(err, -errno, "write %s", path);
	return 0;
}

static int put_both(pid_t pid, const char *uid_map, const char *gid_map, struct err *err)
{
	int r = put(pid, "uid_map", uid_map, err);

	return r < 0 ? r : put(pid, "gid_map", gid_map, err);
}

int ids_map_launcher(pid_t pid, uint32_t first, uint32_t count, struct err *err)
{
	char uid_map[96], gid_map[96];
	int r;

	if (count && geteuid() != 0)
		return err_text(err, -EPERM, "a range of ids is root's to give");
	if (geteuid() == 0) {
		snprintf(uid_map, sizeof(uid_map), "0 0 1\n1 %u %u\n",
			 count ? first : IDS_RANGE_FIRST, count ? count : IDS_RANGE_COUNT);
		/*
		 * In a container root may not have the default range. Then map only root's own id.
		 */
		r = put_both(pid, uid_map, uid_map, count ? err : NULL);
		if (r == 0 || count)
			return r;
	}
	snprintf(uid_map, sizeof(uid_map), "0 %u 1\n", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1\n", getegid());
	r = put(pid, "setgroups", "deny", err);
	return r < 0 ? r : put_both(pid, uid_map, gid_map, err);
}

int ids_map_launcher_range(pid_t pid, uint32_t first, uint32_t count, struct err *err)
{
	struct subids ids;
	char map[96];
	int r;

	if (count && geteuid() != 0)
		return err_text(err, -EPERM, "a range of ids is root's to give");
	if (geteuid() != 0) {
		r = subids_map(pid, &ids, err);
		if (r < 0 && err && *ids.mend)
			snprintf(err->text + strlen(err->text),
				 sizeof(err->text) - strlen(err->text), "; mend it with: %s",
				 ids.mend);
		return r < 0 ? err_wrap(err, "the lxc backend needs a range of ids") : 0;
	}
	first = count ? first : IDS_RANGE_FIRST;
	count = count ? count : IDS_RANGE_COUNT;
	snprintf(map, sizeof(map), "0 0 1\n%u %u %u\n", first, first, count);
	r = put_both(pid, map, map, err);
	return r < 0 ? err_wrap(err, "map a range of ids, as the lxc backend needs one") : 0;
}

bool ids_find_range(uint32_t *first, uint32_t *count, bool *by_root)
{
	unsigned inside, outside, size;
	FILE *map = fopen("/proc/self/uid_map", "re");
	bool found = false;

	*by_root = false;
	/*
	 * The first line maps id 0 to the user who started the launcher. The range is in the next
	 * line.
	 */
	while (map && !found && fscanf(map, "%u %u %u", &inside, &outside, &size) == 3) {
		found = inside != 0;
		if (!found)
			*by_root = outside == 0;
	}
	if (map)
		fclose(map);
	if (!found)
		return false;
	*first = inside;
	*count = size;
	return true;
}

static uint32_t range_count; /* size of the caller's range, set by ids_have_range */

bool ids_have_range(void)
{
	uint32_t first;
	bool by_root;

	return ids_find_range(&first, &range_count, &by_root);
}

uint32_t ids_of_sandbox(uint32_t id, bool range)
{
	return range ? 1 + id % range_count : 0;
}

int ids_map_sandbox(pid_t pid, uint32_t id, bool range, struct err *err)
{
	char map[48];

	snprintf(map, sizeof(map), "0 %u 1\n", ids_of_sandbox(id, range));
	return put_both(pid, map, map, err);
}
