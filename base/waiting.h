/*
 * What the kernel knows of a process that says nothing: whether it is stopped, and whether its
 * threads wait for a processor. Read from /proc/PID/task, whose files stat and schedstat all may
 * read. Only the threads of that process count, whatever others in its sandbox do.
 */
#ifndef BONSAI_BASE_WAITING_H
#define BONSAI_BASE_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WAITING_THREADS_MAX 8 /* an agent has three; further ones are not looked at */

struct waiting_thread {
	pid_t tid;
	char state; /* as proc_pid_stat(5) has it */
	uint64_t ran_ns;
	uint64_t waited_ns; /* ready to run, without a processor, until it last got one */
	uint64_t runs;	    /* how often it got one */
};

struct waiting {
	pid_t pid;
	int64_t time_ns;
	size_t count;
	struct waiting_thread thread[WAITING_THREADS_MAX]; /* the first is the main one */
};

/* Looks at process `pid`. `proc` is "/proc", but in tests. False: there is nothing to be seen. */
bool waiting_look(const char *proc, pid_t pid, int64_t now_ns, struct waiting *waiting);

/* The process runs no more: stopped, traced, or dead and not reaped yet. */
bool waiting_is_stopped(const struct waiting *waiting);

/*
 * One of its threads is at work, or would be if it had a processor: it is ready to run, or spent
 * half the time since the look `before`, or more, on a processor and waiting for one.
 */
bool waiting_is_busy(const struct waiting *before, const struct waiting *now);

/*
 * One of its threads is without a processor: it spent half the time since the look `before` waiting
 * for one, or more. A thread that got one `enough` times since the `first` look does not count.
 */
bool waiting_was_starved(const struct waiting *first, const struct waiting *before,
			 const struct waiting *now, uint64_t enough);

#endif
