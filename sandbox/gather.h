/* Moving the processes of a sandbox into control groups that were made after the sandbox. */
#ifndef BONSAI_SANDBOX_GATHER_H
#define BONSAI_SANDBOX_GATHER_H

/*
 * Moves every process of the sandbox whose init `pidfd` names into each of `groups`, `count`
 * descriptors of groups. Repeats until no process is outside. A process that is forked meanwhile
 * starts in its parent's group. Takes some milliseconds, at most 2 s.
 *
 * Returns 0, also if the init has ended, or a negative errno. -EACCES: the kernel forbids it to
 * this user (version 1, an ordinary user). -EBUSY: some processes were outside until the end.
 * Processes that were moved stay in the groups.
 */
int gather_processes(int pidfd, const int *groups, int count);

#endif
