/*
 * The keeper: a process that is the parent of an engine. As soon as the caller ends, even by
 * SIGKILL, the keeper ends the engine and all processes that the engine started. Descendants of the
 * engine that lose their parent become children of the keeper (PR_SET_CHILD_SUBREAPER).
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
	 * A socket to the keeper. Becomes readable when the engine has ended by itself. When the
	 * caller closes this socket or ends, the keeper ends the engine.
	 */
	int line;
};

/*
 * Starts a keeper and its engine. The engine gets its own copies of `fds`; the caller closes its
 * own. When the keeper ends, it removes the scratch folder. The caller becomes a subreaper
 * (PR_SET_CHILD_SUBREAPER) too, in case the keeper is killed. 0 or a negative errno; on failure
 * nothing is left running.
 */
int keeper_start(struct keeper *keeper, const struct engine_plan *plan,
		 const struct engine_fds *fds, const struct scratch *scratch, struct err *err);

/*
 * Ends the keeper and its engine, and waits until no process of the engine is left, even if the
 * keeper was killed, for at most 10 s. Does nothing if keeper->pid is not positive. Returns false
 * if the keeper did not exit normally, so that it left the scratch folder.
 */
bool keeper_end(struct keeper *keeper);

#endif
