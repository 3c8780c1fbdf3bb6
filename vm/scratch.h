/*
 * A folder for an engine that needs one: the guest's memory is a file there. Its owner
 * holds a lock on it, so that one whose owner was killed is known and is removed by the next.
 */
#ifndef BONSAI_VM_SCRATCH_H
#define BONSAI_VM_SCRATCH_H

#include "base/err.h"

#include <limits.h>
#include <stdint.h>

struct scratch {
	int fd; /* the folder, locked for as long as it is open; -1: there is none */
	char path[PATH_MAX];
};

/*
 * Makes one where a file of that size fits and may be mapped for execution: in TMPDIR, /dev/shm,
 * XDG_RUNTIME_DIR or /tmp. -ENOSPC: none of them has the room, which `err` tells.
 */
int scratch_make(struct scratch *scratch, uint64_t bytes, struct err *err);

/* Removes it with all that is in there. Takes one with fd -1. */
void scratch_remove(struct scratch *scratch);

#endif
