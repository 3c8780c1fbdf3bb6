/*
 * What the measuring programs share to get away from the host: a user, network
 * and mount namespace of their own, and children in namespaces below it that do
 * nothing but wait to be killed.
 */
#ifndef BONSAI_TESTS_BENCH_NEST_H
#define BONSAI_TESTS_BENCH_NEST_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Moves the calling, single-threaded process into user, network and mount namespaces
 * of its own, as their root. 0 or a negative errno with `err`.
 */
int nest_enter(struct err *err);

/*
 * Clones a child into the namespaces `flags` (CLONE_NEW*), without exec, and maps its
 * ids; in the child, calls `run` with `arg` and exits with what it returns. The child
 * dies with the caller. Returns the pid and fills `pidfd`, the caller's to close; or
 * a negative errno.
 */
pid_t nest_clone(uint64_t flags, int (*run)(void *arg), void *arg, int *pidfd);

/* For nest_clone: waits to be killed. */
int nest_pause(void *unused);

#endif
