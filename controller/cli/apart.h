/*
 * Runs a function in a child process. If a signal or the time-out ends the run, the parent ends the
 * child and all that the child started. So the parent survives to clean up after the child.
 */
#ifndef BONSAI_CLI_APART_H
#define BONSAI_CLI_APART_H

#include <stdbool.h>

typedef int apart_fn(void *own); /* returns the exit status for bonsai */

/*
 * Runs `run` in a child process, blocks until that process ends, and returns its exit status.
 * `timeout_s` is the longest time that the child may take; 0: no limit. If the time-out or a signal
 * ends the run, or a signal kills the child, reports the reason on standard error. Then returns
 * STATUS_TIMED_OUT, 128 + the signal that bonsai received, or STATUS_REFUSED. Sets *broken if the
 * child did not exit by itself.
 */
int apart_run(apart_fn *run, void *own, unsigned int timeout_s, bool *broken);

#endif
