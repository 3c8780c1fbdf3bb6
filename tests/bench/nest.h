/*
 * Isolation for the benchmark programs: a user, network and mount namespace of their own. Children
 * in namespaces below only wait to be killed.
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

/* A `run` for nest_clone: waits to be killed. */
int nest_pause(void *unused);

#endif
