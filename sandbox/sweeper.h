/*
 * What removes a tree's control groups when its launcher is killed: a child of the launcher,
 * made before the first group, that waits for its end. Nobody else may, where the groups
 * lie below one that belongs to root: whoever asked the launcher has no privileges left.
 */
#ifndef BONSAI_SANDBOX_SWEEPER_H
#define BONSAI_SANDBOX_SWEEPER_H

#include <sys/types.h>

struct hierarchies;

/* Returns its number; 0: there is none, and the next launcher removes what is left. */
pid_t sweeper_start(const struct hierarchies *all);

/* Ends it without a trace. Takes 0. */
void sweeper_stop(pid_t *sweeper);

#endif
