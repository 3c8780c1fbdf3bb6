/*
 * Reads /proc/PID/stat of a process, see proc_pid_stat(5). Any user may read this file, for each
 * process that the /proc of the caller's mount namespace shows.
 */
#ifndef BONSAI_BASE_PROC_STAT_H
#define BONSAI_BASE_PROC_STAT_H

#include <stdbool.h>
#include <sys/types.h>

#define PROC_STAT_NAME_BYTES 64 /* kernel threads have long names; processes at most 16 bytes */

struct proc_stat {
	char name[PROC_STAT_NAME_BYTES]; /* chosen by the process: any octet except NUL */
	char state;
	pid_t parent;
	unsigned int flags; /* PF_... of linux/sched.h */
	int threads;
};

/*
 * Returns false if there is no process `pid`. `stat` then describes a dead process with an empty
 * name.
 */
bool proc_stat_read(pid_t pid, struct proc_stat *stat);

/*
 * True if the process is dead. A dead process that is still in /proc waits for its parent to reap
 * it.
 */
bool proc_stat_is_dead(const struct proc_stat *stat);

/*
 * True if the process is dead or exiting. An exiting process runs no more code of its own; the
 * kernel is releasing its resources.
 */
bool proc_stat_is_ending(const struct proc_stat *stat);

#endif
