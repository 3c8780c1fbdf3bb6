/*
 * The tree under load: a controller of its own name, started, killed and started again, and its
 * launcher, known by pid from `info`. Blocking; every wait has a limit.
 */
#ifndef BONSAI_TESTS_SOAK_TREE_H
#define BONSAI_TESTS_SOAK_TREE_H

#include "tests/soak/proof.h"

#include <stdbool.h>
#include <sys/types.h>

struct tree_run {
	struct proofs *proofs;
	const char *program; /* bonsaid */
	char name[32];
	char dir[256];	  /* as it said itself */
	pid_t controller; /* 0: none runs */
	pid_t launcher;	  /* 0: not known yet */
};

/* Starts a controller, or the next one; waits until it serves. False, and the proof broken, if not.
 */
bool tree_serve(struct tree_run *tree, const char *backend, const char *on_crash);

/* Kills and reaps it. */
void tree_kill(struct tree_run *tree);

/* Waits for the end that was asked for. False, and the proof broken, when it's late or not with 0.
 */
bool tree_ended(struct tree_run *tree);

#endif
