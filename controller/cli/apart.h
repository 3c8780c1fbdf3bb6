/*
 * Runs a function in a child process. If a signal or the time-out ends the run, the parent ends the
 * child and all that the child started. So the parent survives to clean up after the child.
 */
#ifndef BONSAI_CLI_APART_H
#define BONSAI_CLI_APART_H

#include <stdbool.h>

typedef int apart_fn(void *own); /* returns an exit status of bonsai */

/*
 * Runs `run` in a child process, blocks until it ends, and returns its exit status. `timeout_s` is
 * the longest time it may take; 0: no limit. If the child did not exit by itself, sets *broken and
 * returns STATUS_TIMED_OUT, 128 + the signal that came, or STATUS_REFUSED. Then standard error has
 * the reason.
 */
int apart_run(apart_fn *run, void *own, unsigned int timeout_s, bool *broken);

#endif
