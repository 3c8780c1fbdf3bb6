/*
 * The ids that the host's administrator has given an ordinary user to make containers with:
 * /etc/subuid and /etc/subgid, and the programs that map what these allow.
 */
#ifndef BONSAI_SANDBOX_SUBIDS_H
#define BONSAI_SANDBOX_SUBIDS_H

#include "base/err.h"

#include <sys/types.h>

struct subids {
	unsigned long first, count;
	char mend[160]; /* of a failure: the command that mends it */
};

/*
 * Maps our own id to 0, and the first range given to us, which is filled in, to itself, in the
 * fresh user namespace of `pid`, by newuidmap and newgidmap. Blocks until these have ended.
 * -ENOENT: there is no such program; -ENODATA: no range; -EPERM: it is refused.
 */
int subids_map(pid_t pid, struct subids *ids, struct err *err);

#endif
