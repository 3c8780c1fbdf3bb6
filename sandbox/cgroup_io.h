/*
 * What a control group may read from and write to the host's disks in a second. The kernel keeps
 * that for each disk by itself, so a limit is of each of those there were when the launcher began.
 */
#ifndef BONSAI_SANDBOX_CGROUP_IO_H
#define BONSAI_SANDBOX_CGROUP_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disks {
	char (*numbers)[24]; /* "254:0" */
	size_t count;
};

/* Those in `folder`, "/sys/block" but in tests, which hold anything; out of memory it finds fewer.
 */
void disks_find(struct disks *disks, const char *folder);
void disks_release(struct disks *disks);

/*
 * Limits `group`, reading and writing each, to so many bytes a second; 0: not at all. -ENODEV:
 * there is no disk for which that can be had.
 */
int cgroup_write_io(int group, bool unified, const struct disks *disks, uint64_t bytes);

#endif
