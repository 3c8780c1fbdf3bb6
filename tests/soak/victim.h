/*
 * A client that is killed while its requests are open. The client is this program, executed again
 * as another process. The controller notices that a client has gone only when it sends to that
 * client. So each request of a victim ends by itself within seconds.
 */
#ifndef BONSAI_TESTS_SOAK_VICTIM_H
#define BONSAI_TESTS_SOAK_VICTIM_H

#include "tests/soak/random.h"

#include <sys/types.h>

/* Starts a victim; returns its pid or -1. The caller kills and reaps the victim. */
pid_t victim_start(struct random *random, const char *dir);

/* The main function of a victim. SIGALRM ends the victim after 20 s. */
int victim_main(const char *dir, uint64_t seed);

#endif
