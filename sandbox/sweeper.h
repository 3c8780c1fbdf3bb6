/*
 * The sweeper: a child of the launcher, started before the first control group is made. It waits
 * until the launcher is dead, and removes the tree's control groups if the launcher was killed. If
 * the groups lie below a group of root, no other process may remove them: the client has dropped
 * its privileges.
 */
#ifndef BONSAI_SANDBOX_SWEEPER_H
#define BONSAI_SANDBOX_SWEEPER_H

#include <sys/types.h>

struct hierarchies;

/* Returns the sweeper's PID. 0: it could not be started; the next launcher removes what is left. */
pid_t sweeper_start(const struct hierarchies *all);

/* Kills and reaps the sweeper, which then removes nothing. Does nothing if *sweeper is 0. */
void sweeper_stop(pid_t *sweeper);

#endif
