/*
 * What a tree weighs: the proportional set sizes of the processes below a given one. Its
 * nodes are those that are PID 1 of a namespace of their own.
 */
#ifndef BONSAI_TESTS_BENCH_PSS_H
#define BONSAI_TESTS_BENCH_PSS_H

#include <sys/types.h>

struct pss {
	int count;	 /* inits that could be weighed */
	double total_kb; /* of all of them, and of the monitors that the lxc backend has */
	double rest_kb;	 /* of all others: controller, launcher and their helpers */
};

/* `ancestor` itself is not counted. Reads /proc; ignores what ends meanwhile. */
struct pss pss_below(pid_t ancestor);

#endif
