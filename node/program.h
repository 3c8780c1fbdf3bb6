/*
 * The programs an agent runs for operators. Each one's output goes up in chunks
 * counted by a window: at window 0, or while the uplink is blocked, its pipes are
 * left alone and the program waits. The end is told once, after all it wrote.
 *
 * A program's own end decides, not its pipes': a grandchild in the background may
 * hold them open for ever. What lay in the pipes at the program's exit is sent for
 * certain, what comes in PROGRAM_LINGER_MS after it too, and no more.
 */
#ifndef BONSAI_NODE_PROGRAM_H
#define BONSAI_NODE_PROGRAM_H

#include "node/uplink.h"

#include <sys/types.h>

#define PROGRAMS_MAX 32
#define PROGRAM_LINGER_MS 200

/* An array and a count are all a node pays that runs nothing. */
struct programs {
	struct program *program[PROGRAMS_MAX];
	size_t count;
};

/*
 * Runs argv[0]. Answers `request` itself when it can't be started. 0, or -EAGAIN
 * (too many) or -EEXIST (that request has one) or -ENOMEM, unanswered.
 */
int programs_start(struct programs *programs, struct uplink *uplink, uint64_t request,
		   char *const argv[], uint64_t window);

/* Gives `chunks` back to the program of `request`, or kills it with 0. */
void programs_credit(struct programs *programs, uint64_t request, uint64_t chunks);

/* `pid` was reaped with `status` (waitpid's). Any pid will do. */
void programs_exited(struct programs *programs, pid_t pid, int status);

/*
 * Adds the pipes that want reading to `items`, which has room for PROGRAMS_MAX * 2.
 * Returns how many it added.
 */
size_t programs_fill(struct programs *programs, const struct uplink *uplink, struct pollfd *items);

/* Takes the results of that poll: the same items, in the same order. */
void programs_polled(struct programs *programs, const struct pollfd *items, size_t count);

/* Sends what was readable, and the ends of those that are through, while unblocked. */
void programs_step(struct programs *programs, struct uplink *uplink);

/* When to step next though no pipe is readable: a time, or INT64_MAX. */
int64_t programs_deadline(const struct programs *programs, const struct uplink *uplink);

/* Kills and forgets all. */
void programs_release(struct programs *programs);

#endif
