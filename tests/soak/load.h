/*
 * The load on a tree: a table of actions, drawn by weight, on ids drawn from a range, whether such
 * a node exists or not. So the draws depend on the seed alone. Knowledge of the tree serves only
 * for what cannot be drawn: pids to kill, frozen nodes to thaw, programs to cancel.
 */
#ifndef BONSAI_TESTS_SOAK_LOAD_H
#define BONSAI_TESTS_SOAK_LOAD_H

#include "tests/soak/client.h"
#include "tests/soak/random.h"

#include <sys/types.h>

#define LOAD_IDS 200
#define LOAD_OPEN_MAX 96 /* open requests at once */

struct load {
	struct client *client;
	struct random *random; /* for requests */
	struct random *chaos;  /* for faults */
	pid_t launcher;
	pid_t pid[LOAD_IDS + 1];   /* as last reported; 0: none */
	bool frozen[LOAD_IDS + 1]; /* frozen by this load, as far as answers tell */
	bool lost[LOAD_IDS + 1];   /* as last reported */
	uint64_t kills;
};

/* Starts with no knowledge of the tree. Sets the client's `answered` and `own`. */
void load_init(struct load *load, struct client *client, struct random *random,
	       struct random *chaos, pid_t launcher);

/* Does one action, which sends several requests, one or none. */
void load_act(struct load *load);

/* Does one fault. The caller paces faults: too many would leave no tree to load. */
void load_fault(struct load *load);

/* Cancels every program that does not end by itself. */
void load_cancel_all(struct load *load);

#endif
