/*
 * A node's local timer: start begins anew from 0, stop holds the time, and the
 * time can be read while it runs. Pure: the caller says what time it is. A zeroed
 * struct is a timer that never ran.
 */
#ifndef BONSAI_NODE_TIMER_H
#define BONSAI_NODE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	bool running;
	int64_t started_ns; /* while it runs */
	int64_t held_ns;    /* once it stopped */
};

void timer_start(struct timer *timer, int64_t now_ns);

/* Leaves the time as it was when the timer does not run. */
void timer_stop(struct timer *timer, int64_t now_ns);

/* Whole milliseconds, of the run so far or of the last one. */
uint64_t timer_ms(const struct timer *timer, int64_t now_ns);

#endif
