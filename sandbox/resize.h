/* Changes the size of a running sandbox's disk: the tmpfs at its /run. */
#ifndef BONSAI_SANDBOX_RESIZE_H
#define BONSAI_SANDBOX_RESIZE_H

#include "base/err.h"

#include <stdint.h>

/*
 * Call it in the launcher, whose user namespace is an ancestor of the sandbox's. 0 as `bytes`: the
 * size of a disk without a limit. The kernel refuses a size below what is in use. Blocks until a
 * short-lived child has ended.
 */
int resize_run(int pidfd, uint64_t bytes, struct err *err);

#endif
