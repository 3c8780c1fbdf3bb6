/*
 * All that a running agent is: one struct, owned by agent_run's stack, handed to
 * the parts that act on it (hop.c on messages, request.c on what is asked of this
 * node, agent.c on time and events).
 */
#ifndef BONSAI_NODE_STATE_H
#define BONSAI_NODE_STATE_H

#include "node/edge.h"
#include "node/program.h"
#include "node/route.h"
#include "node/timer.h"
#include "node/uplink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What OP_STATS tells, by the names in request.c. */
enum stat {
	STAT_FORWARDED_UP,
	STAT_FORWARDED_DOWN,
	STAT_MALFORMED,	 /* no message, or of a kind that does not travel that way */
	STAT_FOREIGN,	 /* its source does not lie below the edge it came by */
	STAT_UNROUTABLE, /* no way down to its target, or it was not taken */
	STAT_BEATS_SENT,
	STAT_BEATS_SEEN,
	STAT_STARVED,
	STAT_REFUSED, /* segments at an edge that no agent sent (node/listen.h) */
	STAT_PROGRAMS,
	STAT_COUNT,
};

struct agent {
	uint32_t id;
	void *context;
	struct uplink uplink;
	struct edge **edge; /* to the children */
	size_t edges;
	struct routes routes;
	struct programs programs;
	struct timer timer;
	uint64_t stat[STAT_COUNT];

	int signals; /* a signalfd */
	bool ending;
	struct pollfd *items; /* room for all that is waited for */
	size_t items_room;
	size_t first_edge; /* whose turn it is to be read first */

	int64_t interval_ns;
	int64_t next_beat_ns;
	int64_t turn_ns;    /* when the loop last woke */
	int64_t blocked_ns; /* since when the uplink is blocked; 0 when it is not */
	bool sign_on;	    /* READY is to be sent */
	bool tell_starved;
};

#endif
