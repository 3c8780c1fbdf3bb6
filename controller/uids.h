/* Ids of nodes on the host: the range that an operator chooses, and the ids that a node has. */
#ifndef BONSAI_CONTROLLER_UIDS_H
#define BONSAI_CONTROLLER_UIDS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads a range of ids such as "2100000000:65536": the first id and the number of ids. Rejects a
 * range with id 0, or with 2^32 - 1, which is no valid id. 0 or -EINVAL.
 */
int uids_read(const char *word, uint32_t *first, uint32_t *count, struct err *err);

/*
 * Finds the host's ids of the root user in the user namespace of process `pid`. The caller runs in
 * the launcher's user namespace. `proc` is "/proc", except in tests. False: the ids cannot be
 * found.
 */
bool uids_of(const char *proc, pid_t pid, uint32_t *uid, uint32_t *gid);

#endif
