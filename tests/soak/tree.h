/*
 * The tree under load, whose name is unique to this run. Starts, kills and restarts its controller.
 * The launcher's pid is known from `info`. Blocking; every wait has a limit.
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
 * Starts the controller, or its successor, and waits until it serves. Otherwise breaks the proof
 * and returns false.
 */
bool tree_serve(struct tree_run *tree, const char *backend, const char *on_crash);

/* Kills and reaps the controller. */
void tree_kill(struct tree_run *tree);

/*
 * Waits for the controller's exit, which the caller has requested. If it is late or the status is
 * not 0, breaks the proof and returns false.
 */
bool tree_ended(struct tree_run *tree);

#endif
