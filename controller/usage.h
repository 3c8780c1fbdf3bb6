/*
 * What the processes of nodes use, read from /proc in one pass: every process is counted for
 * the node whose init it descends from. An agent can't say it, for it sees neither the
 * memory of its init's siblings nor, frozen, anything at all.
 *
 * A pass takes some 10 µs a process of the host, so it is made only when asked for.
 */
#ifndef BONSAI_CONTROLLER_USAGE_H
#define BONSAI_CONTROLLER_USAGE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct usage {
	pid_t pid;	   /* of the init: the caller's */
	bool known;	   /* it is there */
	int64_t rss_bytes; /* resident, pages that several share counted in each */
	int64_t cpu_ms;	   /* so far, with that of children that ended */
};

/*
 * Fills all but the pids, which the caller gives, and sorts by them. `proc` is where procfs is.
 * Does not wait. -ENOMEM, or why `proc` can't be read.
 */
int usage_read(const char *proc, struct usage *usages, size_t count, struct err *err);

/* That of an init, of what usage_read filled; NULL when it is not known. */
const struct usage *usage_find(const struct usage *usages, size_t count, pid_t pid);

#endif
