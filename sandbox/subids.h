/*
 * The ids that the host's administrator has given an ordinary user for containers, in /etc/subuid
 * and /etc/subgid, and the programs that map them.
 */
#ifndef BONSAI_SANDBOX_SUBIDS_H
#define BONSAI_SANDBOX_SUBIDS_H

#include "base/err.h"

#include <sys/types.h>

struct subids {
	unsigned long first, count;
	char mend[160]; /* after a failure: the command or advice that mends it */
};

/*
 * Maps, in the new user namespace of `pid`, the caller's id to 0, and the caller's first range of
 * subordinate ids to itself. Stores that range in `ids`. Blocks until newuidmap and newgidmap have
 * ended. -ENOENT: one of these programs is missing; -ENODATA: no range, or the ranges of users and
 * groups differ; -EPERM: one of the programs refuses the range.
 */
int subids_map(pid_t pid, struct subids *ids, struct err *err);

#endif
