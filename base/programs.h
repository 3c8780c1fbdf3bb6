/*
 * Resource limits of the programs of a node, which can be changed while it runs. A hard limit that
 * was lowered can be raised by the host's root alone, so an agent's stay where the host has them,
 * and its soft ones, which the launcher may set, are what each of its programs gets as both.
 */
#ifndef BONSAI_BASE_PROGRAMS_H
#define BONSAI_BASE_PROGRAMS_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * For a process that is about to execute a program: takes them from process `agent`, 0 for its own,
 * as hard and soft limit. What the host does not let it have stays as it is.
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
 * Whether memory is limited: the launcher says so by an agent's RLIMIT_RSS, which Linux does not
 * keep (setrlimit(2)), and which is infinite otherwise.
 */
static inline bool programs_yield(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_RSS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

#endif
