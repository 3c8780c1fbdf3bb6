/*
 * A scratch folder for an engine that keeps the guest's memory in a file. The process that owns the
 * folder holds a lock on it. If nobody holds a folder's lock, its owner was killed; the next call
 * of scratch_make removes the folder.
 */
#ifndef BONSAI_VM_SCRATCH_H
#define BONSAI_VM_SCRATCH_H

#include "base/err.h"

#include <limits.h>
#include <stdint.h>

struct scratch {
	int fd; /* the folder, locked while this descriptor is open; -1: no folder */
	char path[PATH_MAX];
};

/*
 * Makes a scratch folder in the first of TMPDIR, /dev/shm, XDG_RUNTIME_DIR and /tmp where a file of
 * `bytes` fits and can be mapped for execution. -ENOSPC: no folder could be made; `err` names the
 * place with the most room.
 */
int scratch_make(struct scratch *scratch, uint64_t bytes, struct err *err);

/* Removes the folder and its contents. Does nothing if scratch->fd is -1. */
void scratch_remove(struct scratch *scratch);

#endif
