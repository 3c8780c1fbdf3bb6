/*
 * The keeper: a process that is the parent of an engine. It ends the engine and all processes that
 * the engine started as soon as the caller ends, even by SIGKILL. Descendants of the engine that
 * lose their parent become children of the keeper (PR_SET_CHILD_SUBREAPER).
 */
#ifndef BONSAI_VM_KEEPER_H
#define BONSAI_VM_KEEPER_H

#include "vm/engine.h"
#include "vm/scratch.h"

#include <stdbool.h>
#include <sys/types.h>

struct keeper {
	pid_t pid;
	pid_t engine; /* also the id of the engine's process group */
	/*
	 * Becomes readable when the engine has ended by itself. When the caller closes it, the
	 * keeper ends the engine.
	 */
	int line;
};

/*
 * Starts a keeper and its engine. The engine gets its own copies of `fds`; the caller closes its
 * own. The keeper removes the scratch folder at its end. The caller becomes a subreaper too, in
 * case the keeper is killed. 0 or a negative errno; on failure nothing is left running.
 */
int keeper_start(struct keeper *keeper, const struct engine_plan *plan,
		 const struct engine_fds *fds, const struct scratch *scratch, struct err *err);

/*
 * Ends the engine, and waits at most 10 s until nothing is left of it, even if the keeper was
 * killed. Accepts a keeper without a pid. False: the keeper did not exit normally, so it left the
 * scratch folder.
 */
bool keeper_end(struct keeper *keeper);

#endif
