/*
 * Resource limits of the programs of a node, which can change while the node runs. Only the host's
 * root can raise a hard limit that was lowered. So the hard limits of an agent stay those of the
 * host. The launcher sets the agent's soft limits. Each program of the agent gets these soft limits
 * as its soft and hard limits.
 */
#ifndef BONSAI_BASE_PROGRAMS_H
#define BONSAI_BASE_PROGRAMS_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * Copies the soft limits of process `agent` to the calling process, as its soft and hard limits. 0
 * as `agent` is the calling process itself. The calling process is about to execute a program. Each
 * limit is capped by the caller's own hard limit. A limit that the kernel refuses to set stays
 * unchanged.
 */
static inline void programs_limit(pid_t agent)
{
	static const int resources[] = {RLIMIT_NOFILE, RLIMIT_NPROC};

	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		struct rlimit limit, own;

		if (prlimit(agent, resources[i], NULL, &limit) < 0 ||
		    prlimit(0, resources[i], NULL, &own) < 0)
			continue;
		if (limit.rlim_cur > own.rlim_max)
			limit.rlim_cur = own.rlim_max;
		limit.rlim_max = limit.rlim_cur;
		prlimit(0, resources[i], &limit, NULL);
	}
}

/*
 * True if the memory of the calling agent's node is limited. The launcher tells the agent so by a
 * finite soft RLIMIT_RSS; without a memory limit it is infinite. Linux does not enforce RLIMIT_RSS
 * (setrlimit(2)).
 */
static inline bool programs_yield(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_RSS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

#endif
