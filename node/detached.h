/*
 * Programs that were left to themselves: the answers about what they wrote and how they
 * ended.
 */
#ifndef BONSAI_NODE_DETACHED_H
#define BONSAI_NODE_DETACHED_H

#include "node/program.h"

/* Answers OP_LOGS: what detached program `pid`, or with 0 the last one, wrote from `from` on. */
void detached_tell_log(const struct programs *programs, struct uplink *uplink, uint64_t request,
		       uint64_t pid, uint64_t from);

/* Answers OP_PROGRAMS. */
void detached_tell(const struct programs *programs, struct uplink *uplink, uint64_t request);

#endif
