/*
 * libzmq ends the program when it can't start one of its threads. So whoever is about to open its
 * first socket asks before.
 */
#ifndef BONSAI_BASE_THREADS_H
#define BONSAI_BASE_THREADS_H

#include "base/err.h"

/* 0 when as many threads as libzmq starts could be started just now, or a negative errno. */
int threads_check(struct err *err);

#endif
