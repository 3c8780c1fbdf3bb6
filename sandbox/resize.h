/* The disk of a running sandbox, which is the tmpfs at its /run, made larger or smaller. */
#ifndef BONSAI_SANDBOX_RESIZE_H
#define BONSAI_SANDBOX_RESIZE_H

#include "base/err.h"

#include <stdint.h>

/*
 * From the launcher, whose user namespace is above the sandbox's. 0 bytes: as without a
 * limit. The kernel refuses less than is in use. Blocks for a child that lives a moment.
 */
int resize_run(int pidfd, uint64_t bytes, struct err *err);

#endif
