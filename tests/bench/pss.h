/*
 * What the nodes of a tree weigh: the proportional set size of every process below a
 * given one that is PID 1 of a namespace of its own.
 */
#ifndef BONSAI_TESTS_BENCH_PSS_H
#define BONSAI_TESTS_BENCH_PSS_H

#include <sys/types.h>

struct pss {
	int count;	 /* inits that could be weighed */
	double total_kb; /* of all of them, and of the monitors that the lxc backend has */
};

/* `ancestor` itself is not counted. Reads /proc; ignores what ends meanwhile. */
struct pss pss_of_inits(pid_t ancestor);

#endif
