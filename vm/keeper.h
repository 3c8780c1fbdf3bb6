/*
 * The parent of an engine: a process that ends the engine, and all that the engine has started, as
 * soon as the caller has ended in whatever way. An engine's descendants that lose their
 * parent become the keeper's children (PR_SET_CHILD_SUBREAPER).
 */
#ifndef BONSAI_VM_KEEPER_H
#define BONSAI_VM_KEEPER_H

#include "vm/engine.h"
#include "vm/scratch.h"

#include <stdbool.h>
#include <sys/types.h>

struct keeper {
	pid_t pid;
	pid_t engine; /* and its process group */
	/* Readable when the engine has ended by itself; closed, the keeper ends the engine. */
	int line;
};

/*
 * The engine's descriptors are its own then; the scratch folder is the keeper's to remove. The
 * caller becomes a subreaper as well, for when the keeper is killed.
 */
int keeper_start(struct keeper *keeper, const struct engine_plan *plan,
		 const struct engine_fds *fds, const struct scratch *scratch, struct err *err);

/*
 * Ends the engine and waits until nothing is left of it, at most 10 s, whatever has become of the
 * keeper. Takes one without a pid. False: the keeper did not end by itself, and so has left the
 * scratch folder.
 */
bool keeper_end(struct keeper *keeper);

#endif
