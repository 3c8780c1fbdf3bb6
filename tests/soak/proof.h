/*
 * The proofs of a run: conditions that must hold at each check. A check that fails breaks its
 * proof. The break is counted, and the first ones are printed at once as diagnostics. Each proof is
 * one TAP line at the end of the run.
 */
#ifndef BONSAI_TESTS_SOAK_PROOF_H
#define BONSAI_TESTS_SOAK_PROOF_H

#include <stddef.h>

enum proof {
	PROOF_SERVES,
	PROOF_ANSWERED,
	PROOF_KNOWN,
	PROOF_SEQ,
	PROOF_SETTLES,
	PROOF_KERNEL,
	PROOF_EMPTY,
	PROOF_MEMORY,
	PROOF_LEFT,
	PROOFS,
};

struct proofs {
	size_t looked[PROOFS];
	size_t broken[PROOFS];
};

/* Counts a check. */
void proof_holds(struct proofs *proofs, enum proof proof);

/* Counts a check that failed, and prints why, unless too many were printed already. */
void proof_breaks(struct proofs *proofs, enum proof proof, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Prints the TAP lines, without a plan. Returns how many are "not ok"; a proof that was never
 * checked is "not ok".
 */
int proof_report(const struct proofs *proofs);

#endif
