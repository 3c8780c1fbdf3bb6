/*
 * The memory of a tree: the proportional set sizes of the descendants of a process. A node is a
 * descendant that is PID 1 of its own namespace.
 */
#ifndef BONSAI_TESTS_BENCH_PSS_H
#define BONSAI_TESTS_BENCH_PSS_H

#include <sys/types.h>

struct pss {
	int count;	 /* inits whose memory could be read */
	double total_kb; /* memory of these inits and of the lxc backend's monitors */
	double rest_kb;	 /* memory of all others: the controller, the launcher and their helpers */
};

/*
 * Sums up the memory of the descendants of `ancestor`, as /proc shows it. Does not count `ancestor`
 * itself. Skips processes that exit meanwhile.
 */
struct pss pss_below(pid_t ancestor);

#endif
