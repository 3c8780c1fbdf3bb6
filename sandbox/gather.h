/* Moving what runs in a sandbox into control groups that were made after it. */
#ifndef BONSAI_SANDBOX_GATHER_H
#define BONSAI_SANDBOX_GATHER_H

/*
 * Moves every process of the sandbox whose init `pidfd` names into each of `groups`, `count`
 * descriptors of groups, and looks again until none is outside: what is forked meanwhile begins
 * where its parent is. Takes some milliseconds, and 2 s at most. 0, also when the init has ended,
 * or a negative errno: -EACCES where the kernel does not let this user do it (version 1, an
 * ordinary user), -EBUSY when processes were outside until the end. Who was moved stays there.
 */
int gather_processes(int pidfd, const int *groups, int count);

#endif
