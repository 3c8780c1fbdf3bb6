#include "base/watch.h"

#include <stdbool.h>

static bool counting(const struct watch *watch)
{
	return watch->state == WATCH_ALIVE || watch->state == WATCH_RETURNED;
}

void watch_heard(struct watch *watch, int64_t now_ns, int64_t interval_ns)
{
	static const enum watch_state heard[] = {
	    [WATCH_UNHEARD] = WATCH_ALIVE,
	    [WATCH_ALIVE] = WATCH_ALIVE,
	    [WATCH_SILENT] = WATCH_RETURNED,
	    [WATCH_RETURNED] = WATCH_RETURNED,
	};

	watch->state = heard[watch->state];
	watch->deadline_ns = now_ns + WATCH_INTERVALS * interval_ns;
	watch->heard_ns = now_ns;
}

enum watch_change watch_judge(struct watch *watch, int64_t now_ns)
{
	if (watch->state == WATCH_RETURNED) {
		watch->state = WATCH_ALIVE;
		return WATCH_CAME_BACK;
	}
	if (watch->state == WATCH_ALIVE && now_ns >= watch->deadline_ns) {
		watch->state = WATCH_SILENT;
		return WATCH_WENT_SILENT;
	}
	return WATCH_NO_CHANGE;
}

void watch_excuse(struct watch *watch, int64_t by_ns)
{
	if (counting(watch))
		watch->deadline_ns += by_ns;
}

void watch_restart(struct watch *watch, int64_t now_ns, int64_t interval_ns)
{
	if (counting(watch))
		watch->deadline_ns = now_ns + WATCH_INTERVALS * interval_ns;
}

int64_t watch_deadline(const struct watch *watch)
{
	if (watch->state == WATCH_RETURNED)
		return 0;
	return watch->state == WATCH_ALIVE ? watch->deadline_ns : WATCH_NEVER;
}
