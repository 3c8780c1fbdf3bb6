#include "tests/soak/proof.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define TOLD_MAX 8 /* breaks of each proof that are printed; further ones are only counted */

static const char *const names[PROOFS] = {
    [PROOF_SERVES] = "controllers serve, take over and end with status 0",
    [PROOF_ANSWERED] = "each request has one last answer",
    [PROOF_KNOWN] = "no answer is to a request that nobody made",
    [PROOF_SEQ] = "no event is missing unmarked",
    [PROOF_SETTLES] = "left alone, the tree settles",
    [PROOF_KERNEL] = "tree and kernel agree on processes and links",
    [PROOF_EMPTY] = "without nodes, files and threads are what they were",
    [PROOF_MEMORY] = "without nodes, memory is what it was",
    [PROOF_LEFT] = "nothing outlives a tree",
};

void proof_holds(struct proofs *proofs, enum proof proof)
{
	proofs->looked[proof]++;
}

void proof_breaks(struct proofs *proofs, enum proof proof, const char *fmt, ...)
{
	va_list ap;

	proofs->looked[proof]++;
	if (proofs->broken[proof]++ >= TOLD_MAX)
		return;
	printf("# broken: %s: ", names[proof]);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

int proof_report(const struct proofs *proofs)
{
	int failed = 0;

	for (int i = 0; i < PROOFS; i++) {
		bool holds = proofs->looked[i] && !proofs->broken[i];

		printf("%sok %d - %s\n", holds ? "" : "not ", i + 1, names[i]);
		printf("# looked at %zu times, broken %zu times\n", proofs->looked[i],
		       proofs->broken[i]);
		failed += !holds;
	}
	return failed;
}
