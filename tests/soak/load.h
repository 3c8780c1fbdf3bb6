/*
 * The load on a tree: random actions, drawn by weight from a table, on random ids of a range. A
 * drawn id need not be the id of a node. So the draws depend on the seed alone. The load uses its
 * knowledge of the tree only where it cannot draw: pids to kill, frozen nodes to thaw, lost nodes
 * to remove, programs to cancel.
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
	struct random *random; /* draws the requests */
	struct random *chaos;  /* draws the faults */
	pid_t launcher;
	pid_t pid[LOAD_IDS + 1];   /* each node's pid as last reported; 0: none */
	bool frozen[LOAD_IDS + 1]; /* a freeze succeeded, and no thaw since */
	bool lost[LOAD_IDS + 1];   /* as last reported */
	uint64_t kills;
};

/* Initializes the load, with no knowledge of the tree. Sets the client's `answered` and `own`. */
void load_init(struct load *load, struct client *client, struct random *random,
	       struct random *chaos, pid_t launcher);

/* Does one action, which sends several requests, one or none. */
void load_act(struct load *load);

/*
 * Causes one random fault, such as a kill or a freeze. The caller limits the rate: too many faults
 * would leave no tree to load.
 */
void load_fault(struct load *load);

/* Cancels every program that does not end by itself. */
void load_cancel_all(struct load *load);

#endif
