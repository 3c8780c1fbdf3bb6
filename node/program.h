/*
 * The programs an agent runs for operators. Each one's output goes up in chunks
 * counted by a window: at window 0, or while the uplink is blocked, its pipes are
 * left alone and the program waits. The end is told once, after all it wrote. What
 * comes down for its standard input is counted likewise (node/feed.h).
 *
 * A detached program's output goes into its log instead, whatever happens to whoever
 * asked for it, and once it has ended it stays in the table for its log.
 *
 * A program's own end decides, not its pipes': a grandchild in the background may
 * hold them open for ever. What lay in the pipes at the program's exit is sent for
 * certain, what comes in PROGRAM_LINGER_MS after it too, and no more.
 */
#ifndef BONSAI_NODE_PROGRAM_H
#define BONSAI_NODE_PROGRAM_H

#include "node/spawn.h"
#include "node/uplink.h"

#include <sys/types.h>

#define PROGRAMS_MAX 32 /* detached ones that have ended make room for others */
#define PROGRAM_FDS 3
#define PROGRAM_LINGER_MS 200

/* An array and a count are all a node pays that runs nothing. */
struct programs {
	struct program *program[PROGRAMS_MAX]; /* oldest first */
	size_t count;
};

struct program_spec {
	struct spawn_spec spawn;
	uint64_t request;
	uint64_t window;
	bool detached;
};

/*
 * Runs it. Answers the request itself when it can't be started, or is detached. 0, or
 * -EAGAIN (too many) or -EEXIST (that request has one) or -ENOMEM, unanswered.
 */
int programs_start(struct programs *programs, struct uplink *uplink,
		   const struct program_spec *spec);

/* Kills all but the detached; each still says how it ended. */
void programs_end(struct programs *programs);

/* What comes down for the program of `request`; for one that is not there any more, nothing. */

/* Gives `chunks` back, or kills it with 0. */
void programs_credit(struct programs *programs, uint64_t request, uint64_t chunks);
/* A piece of input, or with `len` 0 its end. As feed_put. */
int programs_input(struct programs *programs, uint64_t request, const void *data, size_t len);
void programs_signal(struct programs *programs, uint64_t request, int number);
void programs_resize(struct programs *programs, uint64_t request, uint16_t rows, uint16_t columns);

/* `pid` was reaped with `status` (waitpid's). Any pid will do. */
void programs_exited(struct programs *programs, pid_t pid, int status);

/*
 * Adds the descriptors that are to be waited for to `items`, which has room for
 * PROGRAM_FDS each. Returns how many it added.
 */
size_t programs_fill(struct programs *programs, const struct uplink *uplink, struct pollfd *items);

/* Takes the results of that poll. */
void programs_polled(struct programs *programs, const struct pollfd *items);

/* Moves what can be moved, sends the ends of those that are through, while unblocked. */
void programs_step(struct programs *programs, struct uplink *uplink);

/* When to step next though no descriptor is ready: a time, or INT64_MAX. */
int64_t programs_deadline(const struct programs *programs, const struct uplink *uplink);

/* Kills and forgets all. */
void programs_release(struct programs *programs);

#endif
