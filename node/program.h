/*
 * The programs that an agent runs for clients. The agent sends each program's output up in chunks,
 * as many as its window allows. At window 0, or while the uplink is blocked, the agent does not
 * read the program's pipes, so the program waits. The agent reports the end once, after all output.
 * A window limits the input to the program likewise (node/feed.h).
 *
 * The agent writes a detached program's output to the program's log instead, whatever happens to
 * the client that requested it. After its end a detached program stays in the table, for its log.
 *
 * The program's own exit is its end, even if its pipes stay open: a background grandchild may hold
 * them open forever. The agent sends all that was in the pipes at the program's exit, and all that
 * arrives within PROGRAM_LINGER_MS after it, and no more.
 */
#ifndef BONSAI_NODE_PROGRAM_H
#define BONSAI_NODE_PROGRAM_H

#include "node/spawn.h"
#include "node/uplink.h"

#include <sys/types.h>

#define PROGRAMS_MAX 32 /* a new program takes the place of a detached one that has ended */
#define PROGRAM_FDS 3
#define PROGRAM_LINGER_MS 200

/* A node that runs no programs pays for this array and count only. */
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
 * Starts the program. Answers the request itself if the program cannot start or is detached: then,
 * too, returns 0. Without an answer: -EAGAIN (too many programs), -EEXIST (the request has a
 * program already) or -ENOMEM.
 */
int programs_start(struct programs *programs, struct uplink *uplink,
		   const struct program_spec *spec);

/* Kills all programs but the detached ones. The agent still reports how each of them ended. */
void programs_end(struct programs *programs);

/* Messages to the attached program of `request`. All of them ignore a program that is gone. */

/* Lets the program send `chunks` more chunks; 0 kills the program. */
void programs_credit(struct programs *programs, uint64_t request, uint64_t chunks);
/* A piece of input; `len` 0 is the end of input. Returns what feed_put returns. */
int programs_input(struct programs *programs, uint64_t request, const void *data, size_t len);
void programs_signal(struct programs *programs, uint64_t request, int number);
void programs_resize(struct programs *programs, uint64_t request, uint16_t rows, uint16_t columns);

/*
 * Records that `pid` was reaped with `status`, as from waitpid(2). Ignores processes that are no
 * program.
 */
void programs_exited(struct programs *programs, pid_t pid, int status);

/*
 * Adds the descriptors to poll to `items`, which must have room for PROGRAM_FDS per program.
 * Returns how many it added.
 */
size_t programs_fill(struct programs *programs, const struct uplink *uplink, struct pollfd *items);

/*
 * Takes the results of poll(2) on those items, and writes input to the programs that are ready for
 * it.
 */
void programs_polled(struct programs *programs, const struct pollfd *items);

/*
 * Moves one chunk of each ready stream, and reports taken input and ended programs. While the
 * uplink is blocked, reports nothing and reads detached programs only.
 */
void programs_step(struct programs *programs, struct uplink *uplink);

/*
 * When to call programs_step next if no descriptor is ready: a clock_ns time, or INT64_MAX for
 * never.
 */
int64_t programs_deadline(const struct programs *programs, const struct uplink *uplink);

/* Kills all programs, detached ones as well, and frees them. */
void programs_release(struct programs *programs);

#endif
