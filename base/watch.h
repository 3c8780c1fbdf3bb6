/*
 * The watch over one child: silence for WATCH_INTERVALS intervals makes it silent,
 * a sound after that makes it back. Pure: the caller says what time it is and what
 * it heard. A zeroed struct is a child not heard of yet; it is not judged before
 * its first sound, so that a slow start is no false alarm.
 *
 * Used by every parent for its children, and by the controller for the root. Each
 * change is handed out by watch_judge exactly once, whenever the caller is
 * able to tell it on.
 */
#ifndef BONSAI_BASE_WATCH_H
#define BONSAI_BASE_WATCH_H

#include <stdint.h>

#define WATCH_INTERVALS 4
#define WATCH_NEVER INT64_MAX

enum watch_state {
	WATCH_UNHEARD, /* since its link was made */
	WATCH_ALIVE,
	WATCH_SILENT,	/* and that was told */
	WATCH_RETURNED, /* heard again, not told yet */
};

enum watch_change { WATCH_NO_CHANGE = 0, WATCH_WENT_SILENT, WATCH_CAME_BACK };

struct watch {
	enum watch_state state;
	int64_t deadline_ns; /* ALIVE, RETURNED: silent from then on */
	int64_t heard_ns;    /* the last time; 0: never */
};

/* Something, whatever it was, came from the child. */
void watch_heard(struct watch *watch, int64_t now_ns, int64_t interval_ns);

/*
 * What changed and was not told yet. The caller must have looked at all that waits
 * on the child's socket first.
 */
enum watch_change watch_judge(struct watch *watch, int64_t now_ns);

/* The caller could not listen for so long: that is not held against the child. */
void watch_excuse(struct watch *watch, int64_t by_ns);

/* Begins the child's time anew, because the caller was away or the beat changes. */
void watch_restart(struct watch *watch, int64_t now_ns, int64_t interval_ns);

/* When to judge next if nothing is heard: a time, or WATCH_NEVER. */
int64_t watch_deadline(const struct watch *watch);

#endif
