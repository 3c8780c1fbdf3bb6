/* Replies about detached programs: what each one wrote and how it ended. */
#ifndef BONSAI_NODE_DETACHED_H
#define BONSAI_NODE_DETACHED_H

#include "node/program.h"

/*
 * Replies to OP_LOGS with the output, from octet `from` on, of the detached program `pid`. `pid` 0
 * means the detached program that was started last. Replies with an error if there is no such
 * program.
 */
void detached_tell_log(const struct programs *programs, struct uplink *uplink, uint64_t request,
		       uint64_t pid, uint64_t from);

/* Replies to OP_PROGRAMS with a list of the detached programs. */
void detached_tell(const struct programs *programs, struct uplink *uplink, uint64_t request);

#endif
