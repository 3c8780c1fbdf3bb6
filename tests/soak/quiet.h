/*
 * Checks at a quiet point, when no requests are sent any more. Each check waits until its condition
 * holds, since processes take time to exit. If the condition does not hold within a limit, the
 * check breaks its proof.
 */
#ifndef BONSAI_TESTS_SOAK_QUIET_H
#define BONSAI_TESTS_SOAK_QUIET_H

#include "tests/soak/census.h"
#include "tests/soak/client.h"
#include "tests/soak/load.h"
#include "tests/soak/tree.h"

struct quiet {
	struct proofs *proofs;
	struct client *client;
	struct load *load;
	const struct tree_run *tree;
	bool links; /* the tree's nodes have networks */
	/*
	 * Usage without nodes, before the load. The controller's memory is compared only if the
	 * controller is still the same process.
	 */
	struct usage launcher, controller;
	pid_t controller_pid;
};

/*
 * Cancels the endless programs. Then checks that every request has its last reply, every node is
 * running or lost, all available nodes answer a ping, and the kernel agrees with the tree.
 */
void quiet_look(struct quiet *quiet);

/* Removes all nodes, then records the usage of the launcher and the controller. */
void quiet_begin(struct quiet *quiet);

/*
 * Removes all nodes, then checks that files, threads and memory are as quiet_begin recorded them.
 * Memory may be higher by a fixed limit.
 */
void quiet_compare(struct quiet *quiet);

#endif
