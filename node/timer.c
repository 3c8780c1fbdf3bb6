#include "node/timer.h"

#include "base/clock.h"

void timer_start(struct timer *timer, int64_t now_ns)
{
	*timer = (struct timer){.running = true, .started_ns = now_ns};
}

void timer_stop(struct timer *timer, int64_t now_ns)
{
	if (!timer->running)
		return;
	timer->running = false;
	timer->held_ns = now_ns - timer->started_ns;
}

uint64_t timer_ms(const struct timer *timer, int64_t now_ns)
{
	int64_t ns = timer->running ? now_ns - timer->started_ns : timer->held_ns;

	return (uint64_t)(ns / NS_PER_MS);
}
