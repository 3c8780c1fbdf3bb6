/*
 * What is asked of a tree: a table of actions, drawn by weight, on ids drawn from a range, whatever
 * is there or not. So the draws depend on the seed alone. What is known of the tree serves for what
 * can't be drawn: pids to kill, frozen nodes to thaw, programs to cancel.
 */
#ifndef BONSAI_TESTS_SOAK_LOAD_H
#define BONSAI_TESTS_SOAK_LOAD_H

#include "tests/soak/client.h"
#include "tests/soak/random.h"

#include <sys/types.h>

#define LOAD_IDS 200
#define LOAD_OPEN_MAX 96 /* requests at once */

struct load {
	struct client *client;
	struct random *random; /* for what is asked */
	struct random *chaos;  /* for faults */
	pid_t launcher;
	pid_t pid[LOAD_IDS + 1];   /* as last told; 0: none */
	bool frozen[LOAD_IDS + 1]; /* by us, as far as we were answered */
	bool lost[LOAD_IDS + 1];   /* as last told */
	uint64_t kills;
};

/* Begins with a tree of which nothing is known. Takes client's `answered`. */
void load_init(struct load *load, struct client *client, struct random *random,
	       struct random *chaos, pid_t launcher);

/* One action, which may send several requests or none. */
void load_act(struct load *load);

/* One of those that are to come at a pace, for a tree of which nothing is left is no load. */
void load_fault(struct load *load);

/* Cancels every program that would not end by itself. */
void load_cancel_all(struct load *load);

#endif
