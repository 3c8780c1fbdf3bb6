/*
 * The clock of the whole project: CLOCK_MONOTONIC. All processes of the machine share this clock,
 * so time stamps of launcher, nodes and controller can be compared. Header only.
 */
#ifndef BONSAI_BASE_CLOCK_H
#define BONSAI_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL

static inline int64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/*
 * Returns the milliseconds from now to `deadline_ns`, rounded up, for poll(2): 0 if the deadline
 * has passed, at most `max_ms`.
 */
static inline int clock_ms_until(int64_t deadline_ns, int max_ms)
{
	int64_t left = deadline_ns - clock_ns();

	if (left <= 0)
		return 0;
	left = (left + NS_PER_MS - 1) / NS_PER_MS;
	return left > max_ms ? max_ms : (int)left;
}

#endif
