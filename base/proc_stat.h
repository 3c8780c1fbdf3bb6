/*
 * What /proc/PID/stat says of a process, see proc_pid_stat(5). All may read it, of each process
 * that the /proc of the caller's mount namespace shows.
 */
#ifndef BONSAI_BASE_PROC_STAT_H
#define BONSAI_BASE_PROC_STAT_H

#include <stdbool.h>
#include <sys/types.h>

#define PROC_STAT_NAME_BYTES 64 /* a kernel thread's; a process has 16 at most */

struct proc_stat {
	char name[PROC_STAT_NAME_BYTES]; /* of its own choice, with any octet but NUL */
	char state;
	pid_t parent;
	unsigned int flags; /* PF_... of linux/sched.h */
	int threads;
};

/* False: there is no such process; `stat` is as of one that is dead, with an empty name, then. */
bool proc_stat_read(pid_t pid, struct proc_stat *stat);

/* Dead; if it is in /proc all the same, it waits for its parent to reap it. */
bool proc_stat_is_dead(const struct proc_stat *stat);

/* Dead, or on its way there: it runs no more code of its own, and gives back what it has. */
bool proc_stat_is_ending(const struct proc_stat *stat);

#endif
