/*
 * Carries something out in a process of its own, and ends that with all it has started when a
 * signal ends us or the time is over. So whoever asked is there to clear up after it.
 */
#ifndef BONSAI_CLI_APART_H
#define BONSAI_CLI_APART_H

#include <stdbool.h>

typedef int apart_fn(void *own); /* returns the program's exit status */

/*
 * Returns that of `run`; or, with *broken set, what it is when it was not left to end, which has
 * been told on standard error then. `timeout_s`: 0, or how long it may take. Blocks.
 */
int apart_run(apart_fn *run, void *own, unsigned int timeout_s, bool *broken);

#endif
