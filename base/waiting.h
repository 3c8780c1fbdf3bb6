/*
 * The kernel's view of a process that sends nothing: whether the process is stopped, and whether
 * its threads wait for a processor. The source is /proc/PID/task; any user may read the files stat
 * and schedstat there. Only the threads of that process count, not other processes of its sandbox.
 */
#ifndef BONSAI_BASE_WAITING_H
#define BONSAI_BASE_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WAITING_THREADS_MAX 8 /* an agent has three; threads beyond this number are skipped */

struct waiting_thread {
	pid_t tid;
	char state; /* the state letter of proc_pid_stat(5) */
	uint64_t ran_ns;
	uint64_t waited_ns; /* time spent ready to run without a processor, up to the last run */
	uint64_t runs;	    /* how often the thread got a processor */
};

struct waiting {
	pid_t pid;
	int64_t time_ns;
	size_t count;
	struct waiting_thread thread[WAITING_THREADS_MAX]; /* the first is the main thread */
};

/*
 * Takes a snapshot of process `pid`; `now_ns` is its time. `proc` is "/proc", except in tests.
 * False: the process does not exist or cannot be read.
 */
bool waiting_look(const char *proc, pid_t pid, int64_t now_ns, struct waiting *waiting);

/* True if the process does not run any more: it is stopped, traced, or dead and not yet reaped. */
bool waiting_is_stopped(const struct waiting *waiting);

/*
 * True if a thread of the process works, or would work if it had a processor. Such a thread is
 * ready to run now, or spent at least half the time since the snapshot `before` running or waiting
 * for a processor.
 */
bool waiting_is_busy(const struct waiting *before, const struct waiting *now);

/*
 * True if a thread of the process lacks a processor: it spent at least half the time since the
 * snapshot `before` waiting for a processor. A thread that is ready to run now, and ran less than
 * half that time, lacks a processor too. Threads that got a processor `enough` times since the
 * snapshot `first` do not count, nor do threads that `before` lacks.
 */
bool waiting_was_starved(const struct waiting *first, const struct waiting *before,
			 const struct waiting *now, uint64_t enough);

#endif
