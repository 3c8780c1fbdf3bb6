/*
 * libzmq ends the program when it can't start one of its threads. So whoever is about to open its
 * first socket asks before.
 */
#ifndef BONSAI_BASE_THREADS_H
#define BONSAI_BASE_THREADS_H

#include "base/err.h"

#define THREADS_LACKING "no more processes and threads may be started: raise it with ulimit -u"

/* 0 when as many threads as libzmq starts could be started just now, or a negative errno. */
int threads_check(struct err *err);

/*
 * For who can't ask, because that costs as much as the threads: from threads_may_lack on the
 * program ends with this status when libzmq gives up, until threads_are_there.
 */
#define THREADS_STATUS 71 /* EX_OSERR of sysexits.h */
void threads_may_lack(void);
void threads_are_there(void);

#endif
