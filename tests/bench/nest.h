/*
 * Isolation for the benchmark programs: each enters a user, network and mount namespace of its own
 * and clones its children into namespaces below these.
 */
#ifndef BONSAI_TESTS_BENCH_NEST_H
#define BONSAI_TESTS_BENCH_NEST_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Moves the calling process into new user, network and mount namespaces, as their root. The caller
 * must be single-threaded. 0 or a negative errno with `err`.
 */
int nest_enter(struct err *err);

/*
 * Clones a child into the namespaces `flags` (CLONE_NEW*), without exec, and maps its ids if it has
 * a new user namespace. The child calls `run` with `arg` and exits with the result. The child dies
 * with the caller. Returns the pid and fills `pidfd`, which the caller closes; or returns a
 * negative errno.
 */
pid_t nest_clone(uint64_t flags, int (*run)(void *arg), void *arg, int *pidfd);

/* A function for the argument `run` of nest_clone(): waits until a signal kills the process. */
int nest_pause(void *unused);

#endif
