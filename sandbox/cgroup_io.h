/*
 * Limits of how much a control group may read from and write to the host's disks in a second. The
 * kernel enforces them for each disk separately. A limit covers the disks that existed when the
 * launcher started.
 */
#ifndef BONSAI_SANDBOX_CGROUP_IO_H
#define BONSAI_SANDBOX_CGROUP_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disks {
	char (*numbers)[24]; /* major:minor, "254:0" */
	size_t count;
};

/*
 * Finds the disks in `folder` ("/sys/block", except in tests) that have any sectors. If memory runs
 * out, finds fewer disks. The caller frees the result by disks_release.
 */
void disks_find(struct disks *disks, const char *folder);
void disks_release(struct disks *disks);

/*
 * Limits the reads of `group` from each disk to `bytes` a second, and the writes too. 0: no limit.
 * -ENODEV: the kernel takes a limit for no disk.
 */
int cgroup_write_io(int group, bool unified, const struct disks *disks, uint64_t bytes);

#endif
