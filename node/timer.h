/*
 * A node's timer. timer_start begins at 0 again, timer_stop keeps the time, and the time can be
 * read while the timer runs. These functions do not read a clock: the caller passes the current
 * time. A zeroed struct is a timer that never ran.
 */
#ifndef BONSAI_NODE_TIMER_H
#define BONSAI_NODE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	bool running;
	int64_t started_ns; /* valid while running */
	int64_t held_ns;    /* valid once stopped */
};

void timer_start(struct timer *timer, int64_t now_ns);

/* Stops the timer and keeps its time. Does nothing if the timer is not running. */
void timer_stop(struct timer *timer, int64_t now_ns);

/*
 * The time in whole milliseconds: of the current run, or of the last run if the timer is stopped.
 */
uint64_t timer_ms(const struct timer *timer, int64_t now_ns);

#endif
