#include "controller/patience.h"

#include "base/clock.h"
#include "controller/daemon.h"
#include "controller/doubt.h"

void patience_progress(struct daemon *daemon)
{
	daemon->progress_ns = clock_ns();
}

static int64_t limit(const struct daemon *daemon, int64_t since_ns)
{
	int64_t last_ns = since_ns > daemon->progress_ns ? since_ns : daemon->progress_ns;
	int64_t soft_ns = last_ns + PATIENCE_S * NS_PER_S;
	int64_t hard_ns = since_ns + PATIENCE_MAX_S * NS_PER_S;

	return soft_ns < hard_ns ? soft_ns : hard_ns;
}

int64_t patience_deadline(const struct daemon *daemon, int64_t since_ns, int64_t now_ns)
{
	int64_t limit_ns = limit(daemon, since_ns);

	/*
	 * After its time-out, a step goes on only while the node waits for a processor: check that
	 * each second.
	 */
	return limit_ns > now_ns ? limit_ns : now_ns + NS_PER_S;
}

bool patience_is_over(const struct daemon *daemon, const struct node *node, int64_t since_ns,
		      int64_t now_ns)
{
	if (now_ns < limit(daemon, since_ns))
		return false;
	return now_ns >= since_ns + PATIENCE_MAX_S * NS_PER_S || !doubt_is_starved(node);
}
