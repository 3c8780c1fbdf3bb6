/*
 * The ids that the host's administrator has given an ordinary user to make containers with:
 * /etc/subuid and /etc/subgid, and the programs that map what these allow.
 */
#ifndef BONSAI_SANDBOX_SUBIDS_H
#define BONSAI_SANDBOX_SUBIDS_H

#include "base/err.h"

#include <sys/types.h>

/*
 * Maps our own id to 0, and the first range given to us to itself, in the fresh user namespace of
 * `pid`, by newuidmap and newgidmap. Blocks until these have ended. The error says what to install
 * or to add: -ENOENT for a program, -ENODATA for a range.
 */
int subids_map(pid_t pid, struct err *err);

/* The range of uids that would be. 0, or -ENODATA. */
int subids_find(unsigned long *first, unsigned long *count, struct err *err);

#endif
