/*
 * Memory and processor time of the nodes' processes, read from /proc in one pass. Every process
 * counts for the node whose init is its ancestor. An agent cannot report this: it does not see the
 * memory of its init's siblings, and a frozen agent sees nothing at all.
 *
 * A pass takes about 10 µs for each process of the host, so it is made only on request.
 */
#ifndef BONSAI_CONTROLLER_USAGE_H
#define BONSAI_CONTROLLER_USAGE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct usage {
	pid_t pid;	   /* pid of the init; the caller sets it */
	bool known;	   /* the init was found */
	int64_t rss_bytes; /* resident memory; a shared page counts in each process */
	int64_t cpu_ms;	   /* processor time, that of exited children included */
};

/*
 * Fills all fields but the pids, which the caller sets, and sorts `usages` by pid. `proc` is the
 * path of procfs. -ENOMEM, or the errno of reading `proc`.
 */
int usage_read(const char *proc, struct usage *usages, size_t count, struct err *err);

/* Returns the entry of an init after usage_read; NULL when its usage is not known. */
const struct usage *usage_find(const struct usage *usages, size_t count, pid_t pid);

#endif
