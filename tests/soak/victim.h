/*
 * A client that is killed with requests open: this program once more, as another process. None of
 * what it asks for lasts longer than seconds by itself: whether a client is gone is noticed by what
 * is sent to it.
 */
#ifndef BONSAI_TESTS_SOAK_VICTIM_H
#define BONSAI_TESTS_SOAK_VICTIM_H

#include "tests/soak/random.h"

#include <sys/types.h>

/* Starts one; its pid, or -1. Killed and reaped by the caller. */
pid_t victim_start(struct random *random, const char *dir);

/* What it runs. Ends by itself after 20 s. */
int victim_main(const char *dir, uint64_t seed);

#endif
