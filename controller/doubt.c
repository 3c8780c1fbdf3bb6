#include "controller/doubt.h"

#include "base/clock.h"
#include "base/waiting.h"
#include "controller/daemon.h"

#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

#define PROC "/proc"
#define LOOK_MAX_NS (100 * NS_PER_MS)
#define LOOK_BEATS 4	  /* looks in each interval */
#define RUNS_ENOUGH 32	  /* a thread that ran so often would have let a heartbeat through */
#define PATIENCE_BEATS 32 /* for so long a working agent is not lost, however often it ran */
#define WAY_MAX 8	  /* agents whose threads are read: the node's, its parent's, and so on */

/* The processes that forward a node's messages to the controller, the node's agent first. */
struct way {
	size_t count;
	struct waiting agent[WAY_MAX];
};

struct doubt {
	uint32_t id;
	bool told;
	bool settled; /* the node is unavailable: read no threads again */
	int64_t next_ns;
	struct way first, seen; /* threads at the beginning of the doubt, and when last read */
	struct doubt *prev, *next;
};

/*
 * Reads from /proc the threads of the node's agent, of the agents above it, and of the controller
 * as the parent of the root. False: /proc shows nothing of one of these processes.
 */
static bool look(const struct node *node, struct way *way)
{
	int64_t now_ns = clock_ns();

	way->count = 0;
	if (!waiting_look(PROC, node->pid, now_ns, &way->agent[way->count++]))
		return false;
	for (node = node->parent; node && way->count < WAY_MAX; node = node->parent)
		if (!waiting_look(PROC, node->pid, now_ns, &way->agent[way->count++]))
			return false;
	if (way->count == WAY_MAX)
		return true;
	if (!waiting_look(PROC, getpid(), now_ns, &way->agent[way->count]))
		return false;
	/*
	 * The thread that reads /proc is running just now: its state R does not mean that it waits
	 * for a processor.
	 */
	way->agent[way->count++].thread[0].state = 'S';
	return true;
}

static struct doubt *find(const struct daemon *daemon, uint32_t id)
{
	struct doubt *doubt;

	DL_SEARCH_SCALAR(daemon->doubts, doubt, id, id);
	return doubt;
}

static void drop(struct daemon *daemon, struct doubt *doubt)
{
	DL_DELETE(daemon->doubts, doubt);
	free(doubt);
}

static int64_t next_look(const struct daemon *daemon, int64_t now_ns)
{
	int64_t pause_ns = daemon->beat_ms * NS_PER_MS / LOOK_BEATS;

	return now_ns + (pause_ns < LOOK_MAX_NS ? pause_ns : LOOK_MAX_NS);
}

bool doubt_begin(struct daemon *daemon, const struct node *node)
{
	struct doubt *doubt;

	if (find(daemon, node->id))
		return true;
	doubt = calloc(1, sizeof(*doubt));
	if (!doubt)
		return false;
	doubt->settled = !look(node, &doubt->first) || waiting_is_stopped(&doubt->first.agent[0]);
	doubt->seen = doubt->first;
	doubt->id = node->id;
	doubt->next_ns = doubt->settled ? 0 : next_look(daemon, clock_ns());
	DL_APPEND(daemon->doubts, doubt);
	return true;
}

static void tell(struct daemon *daemon, struct doubt *doubt)
{
	if (!doubt->told)
		api_publish(&daemon->api, json_pack("{s:s, s:I, s:b}", "event", "starved", "node",
						    (json_int_t)doubt->id, "silent", true));
	doubt->told = true;
}

void doubt_end(struct daemon *daemon, const struct node *node)
{
	struct doubt *doubt = daemon->doubts ? find(daemon, node->id) : NULL;

	if (doubt)
		drop(daemon, doubt);
}

/*
 * True while one of the agents in `now` is starved. If the agents have changed since the threads
 * were last read, nothing can be compared: true as well.
 */
static bool is_starved(const struct daemon *daemon, const struct doubt *doubt,
		       const struct way *now)
{
	/*
	 * Where 65 agents share one processor, starting one program may keep an agent busy for a
	 * second, over many runs. Such an agent is not lost.
	 */
	int64_t patience_ns = PATIENCE_BEATS * daemon->beat_ms * NS_PER_MS;
	bool is_early = now->agent[0].time_ns < doubt->first.agent[0].time_ns + patience_ns;
	bool starved = false;

	for (size_t i = 0; i < now->count; i++) {
		const struct waiting *before = &doubt->seen.agent[i];

		if (i >= doubt->seen.count || before->pid != now->agent[i].pid)
			return true;
		starved |= is_early ? waiting_is_busy(before, &now->agent[i])
				    : waiting_was_starved(&doubt->first.agent[i], before,
							  &now->agent[i], RUNS_ENOUGH);
	}
	return starved;
}

/* Reads the threads of the node's agents again. True when the doubt goes on. */
static bool look_again(struct daemon *daemon, struct doubt *doubt, const struct node *node)
{
	struct way now;

	if (doubt->settled || !look(node, &now) || waiting_is_stopped(&now.agent[0]) ||
	    !is_starved(daemon, doubt, &now))
		return false;
	doubt->seen = now;
	doubt->next_ns = next_look(daemon, clock_ns());
	tell(daemon, doubt);
	return true;
}

struct node *doubt_step(struct daemon *daemon, int64_t now_ns, int64_t *next_ns)
{
	struct doubt *doubt, *next;

	*next_ns = INT64_MAX;
	DL_FOREACH_SAFE(daemon->doubts, doubt, next) {
		struct node *node = tree_find(&daemon->tree, doubt->id);

		if (!node || node->state != NODE_RUNNING) {
			drop(daemon, doubt);
			continue;
		}
		/*
		 * A node above this node is unavailable: the silence of this node means nothing
		 * until the other node is back.
		 */
		if (!node->available && !doubt->settled)
			continue;
		if (now_ns < doubt->next_ns || look_again(daemon, doubt, node)) {
			*next_ns = doubt->next_ns < *next_ns ? doubt->next_ns : *next_ns;
			continue;
		}
		drop(daemon, doubt);
		return node;
	}
	return NULL;
}

bool doubt_is_starved(const struct node *node)
{
	struct way way;

	if (!node || !look(node, &way) || waiting_is_stopped(&way.agent[0]))
		return false;
	for (size_t i = 0; i < way.count; i++)
		for (size_t j = 0; j < way.agent[i].count; j++)
			if (way.agent[i].thread[j].state == 'R')
				return true;
	return false;
}

void doubt_release(struct daemon *daemon)
{
	while (daemon->doubts)
		drop(daemon, daemon->doubts);
}
