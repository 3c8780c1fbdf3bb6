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
 * Finds the disks in `folder` ("/sys/block", except in tests) that have any sectors. If memory is
 * out, finds fewer. To be released by disks_release.
 */
void disks_find(struct disks *disks, const char *folder);
void disks_release(struct disks *disks);

/*
 * Limits reading and writing of `group`, each to `bytes` a second for each disk; 0: no limit.
 * -ENODEV: no disk takes a limit.
 */
int cgroup_write_io(int group, bool unified, const struct disks *disks, uint64_t bytes);

#endif
