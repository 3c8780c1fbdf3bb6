/* Who nodes are on the host: the range that an operator wants their ids from, and what they have.
 */
#ifndef BONSAI_CONTROLLER_UIDS_H
#define BONSAI_CONTROLLER_UIDS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* "2100000000:65536", the first and how many; never with 0, nor with what is no id. */
int uids_read(const char *word, uint32_t *first, uint32_t *count, struct err *err);

/*
 * The ids on the host that the root of a process's user namespace has, for a caller in the
 * launcher's. `proc` is "/proc", but in tests. False: they are not to be seen.
 */
bool uids_of(const char *proc, pid_t pid, uint32_t *uid, uint32_t *gid);

#endif
