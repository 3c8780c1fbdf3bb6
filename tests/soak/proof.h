/*
 * What a run proves, each a TAP line at its end. A break is told at once, as a diagnostic, and
 * counted.
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

/* Looked at once more, and found so. */
void proof_holds(struct proofs *proofs, enum proof proof);

/* Looked at, and found otherwise: said in words. */
void proof_breaks(struct proofs *proofs, enum proof proof, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The TAP lines, without a plan. Returns how many are "not ok"; one never looked at is. */
int proof_report(const struct proofs *proofs);

#endif
