/*
 * libzmq aborts the program when it cannot start one of its threads. So a process that is about to
 * open its first ZeroMQ socket checks first that threads can be started.
 */
#ifndef BONSAI_BASE_THREADS_H
#define BONSAI_BASE_THREADS_H

#include "base/err.h"

#define THREADS_LACKING "no more processes and threads may be started: raise it with ulimit -u"

/*
 * Returns 0 if the process can start as many threads as libzmq needs right now, or a negative
 * errno; -EAGAIN comes with the text THREADS_LACKING. Starts and joins threads as a test.
 */
int threads_check(struct err *err);

/*
 * Instead of threads_check, for a process to which that check costs too much: as much as starting
 * the threads. Between threads_may_lack and threads_are_there, an abort by libzmq (SIGABRT) makes
 * the process exit with THREADS_STATUS.
 */
#define THREADS_STATUS 71 /* EX_OSERR of sysexits.h */
void threads_may_lack(void);
void threads_are_there(void);

#endif
