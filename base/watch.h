/*
 * The watch over one child. A child becomes silent when nothing arrives from it for WATCH_INTERVALS
 * intervals; the next arrival makes it return. Pure functions: the caller passes the time and
 * reports arrivals. A zeroed struct is a child from which nothing has ever arrived. The watch does
 * not judge such a child before its first arrival, so a slow start is no false alarm.
 *
 * Every parent watches its children with a struct watch each, and the controller watches the root.
 * watch_judge reports each change exactly once. So the caller calls it only when the caller can
 * pass the change on.
 */
#ifndef BONSAI_BASE_WATCH_H
#define BONSAI_BASE_WATCH_H

#include <stdint.h>

#define WATCH_INTERVALS 4
#define WATCH_NEVER INT64_MAX

enum watch_state {
	WATCH_UNHEARD, /* nothing has arrived from the child since its link was made */
	WATCH_ALIVE,
	WATCH_SILENT,	/* silent, and reported so */
	WATCH_RETURNED, /* something arrived after silence; watch_judge has not reported it */
};

enum watch_change { WATCH_NO_CHANGE = 0, WATCH_WENT_SILENT, WATCH_CAME_BACK };

struct watch {
	enum watch_state state;
	int64_t deadline_ns; /* in ALIVE and RETURNED: without an arrival the child is silent from
				then */
	int64_t heard_ns;    /* time of the last arrival from the child; 0: never */
};

/* Records that something, of any kind, arrived from the child. */
void watch_heard(struct watch *watch, int64_t now_ns, int64_t interval_ns);

/*
 * Returns the change of the child, to silent or back, that no earlier call has returned. Before
 * this call, the caller must have checked the child's socket and called watch_heard if data waits
 * there.
 */
enum watch_change watch_judge(struct watch *watch, int64_t now_ns);

/*
 * Excuses the child for a time in which the caller could not listen to it: extends the child's
 * deadline by that time, `by_ns`.
 */
void watch_excuse(struct watch *watch, int64_t by_ns);

/*
 * Restarts the child's deadline from `now_ns`, because the caller did not run for a while or
 * because the beat interval changes.
 */
void watch_restart(struct watch *watch, int64_t now_ns, int64_t interval_ns);

/*
 * Returns the time at which to call watch_judge if nothing arrives until then. 0: call it now.
 * WATCH_NEVER: no call is needed.
 */
int64_t watch_deadline(const struct watch *watch);

#endif
