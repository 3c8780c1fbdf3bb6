/* Moves the processes of a sandbox into control groups that were made after the sandbox. */
#ifndef BONSAI_SANDBOX_GATHER_H
#define BONSAI_SANDBOX_GATHER_H

/*
 * Moves every process of the sandbox whose init `pidfd` refers to into each of `groups`, an array
 * of `count` descriptors. Repeats this until every process is in the groups. A process that is
 * forked meanwhile starts in its parent's group. Takes some milliseconds, at most 2 s.
 *
 * Returns 0, also if the init has ended, or a negative errno. -EACCES: the kernel does not let this
 * user move the processes (version 1, an ordinary user). -EBUSY: after 2 s some processes were
 * still outside the groups. Processes that were moved stay in the groups.
 */
int gather_processes(int pidfd, const int *groups, int count);

#endif
