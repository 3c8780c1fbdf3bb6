/*
 * What is looked at when nothing is asked for any more. Each waits until it is so, within a limit,
 * for what ends takes its time to be gone; what is not so by then breaks its proof.
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
	bool links; /* of a tree whose nodes have networks */
	/* As it was without nodes, before the load; the controller's memory only while it is the
	 * same one. */
	struct usage launcher, controller;
	pid_t controller_pid;
};

/* Every answer has come, every node runs or is lost, all available answer; the kernel agrees. */
void quiet_look(struct quiet *quiet);

/* Removes all nodes and notes what launcher and controller use then. */
void quiet_begin(struct quiet *quiet);

/* Removes all nodes: nothing is used that was not used in the beginning. */
void quiet_compare(struct quiet *quiet);

#endif
