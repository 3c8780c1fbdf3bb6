/* Replies about detached programs: what each one wrote and how it ended. */
#ifndef BONSAI_NODE_DETACHED_H
#define BONSAI_NODE_DETACHED_H

#include "node/program.h"

/*
 * Answers OP_LOGS with the output, from octet `from` on, of detached program `pid`; `pid` 0 means
 * the one started last. An error if there is no such program.
 */
void detached_tell_log(const struct programs *programs, struct uplink *uplink, uint64_t request,
		       uint64_t pid, uint64_t from);

/* Answers OP_PROGRAMS with a list of the detached programs. */
void detached_tell(const struct programs *programs, struct uplink *uplink, uint64_t request);

#endif
