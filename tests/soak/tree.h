/*
 * The tree under load, whose name is unique to this run. Starts, kills and restarts the tree's
 * controller. The caller sets the launcher's pid, from the reply to `info`. The functions block,
 * but every wait has a limit.
 */
#ifndef BONSAI_TESTS_SOAK_TREE_H
#define BONSAI_TESTS_SOAK_TREE_H

#include "tests/soak/proof.h"

#include <stdbool.h>
#include <sys/types.h>

struct tree_run {
	struct proofs *proofs;
	const char *program; /* path of bonsaid */
	char name[32];
	char dir[256];	  /* the controller's folder, from its "OK" line */
	pid_t controller; /* pid; 0: not running */
	pid_t launcher;	  /* pid; 0: not known yet */
};

/*
 * Starts a controller for the tree, the first or the next one, and waits until it serves. If it
 * does not serve in time, breaks PROOF_SERVES and returns false.
 */
bool tree_serve(struct tree_run *tree, const char *backend, const char *on_crash);

/* Kills and reaps the controller. */
void tree_kill(struct tree_run *tree);

/*
 * Waits for the controller's exit, which the caller has requested. If the exit is late or its
 * status is not 0, breaks PROOF_SERVES and returns false.
 */
bool tree_ended(struct tree_run *tree);

#endif
