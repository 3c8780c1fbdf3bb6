/*
 * The whole state of a running agent, on the stack of agent_run. Three files act on it: hop.c on
 * messages, request.c on requests to this node, agent.c on time and events.
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

/* The counters that OP_STATS reports; request.c has their names. */
enum stat {
	STAT_FORWARDED_UP,
	STAT_FORWARDED_DOWN,
	STAT_MALFORMED,	 /* invalid, or of a type that does not travel in this direction */
	STAT_FOREIGN,	 /* source not below the edge by which the message came */
	STAT_UNROUTABLE, /* no route to the target, or the child did not take it */
	STAT_BEATS_SENT,
	STAT_BEATS_SEEN,
	STAT_STARVED,
	STAT_REFUSED, /* segments dropped by the gates of the edges (node/listen.h) */
	STAT_PROGRAMS,
	STAT_COUNT,
};

struct agent {
	uint32_t id;
	void *context;
	struct uplink uplink;
	struct edge **edge; /* the edges to the children */
	size_t edges;
	struct routes routes;
	struct programs programs;
	struct timer timer;
	uint64_t stat[STAT_COUNT];

	int signals; /* a signalfd */
	bool ending;
	struct pollfd *items; /* descriptors to poll */
	size_t items_room;
	size_t first_edge; /* the edge to read first in this turn */

	int64_t interval_ns;
	int64_t next_beat_ns;
	int64_t turn_ns;    /* when the loop last woke */
	int64_t blocked_ns; /* when the uplink blocked; 0: it is not blocked */
	bool sign_on;	    /* the agent must send READY */
	bool tell_starved;
};

#endif
