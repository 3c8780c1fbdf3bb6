/*
 * The programs that an agent runs for clients. The agent sends each program's output to the client
 * in chunks, as many as the program's window allows. At window 0, or while the uplink is blocked,
 * the agent does not read the program's pipes, so the program waits. The agent reports the
 * program's end once, after all output. Another window limits the program's input (node/feed.h).
 *
 * The agent writes a detached program's output to the program's log instead, whatever happens to
 * the client that started the program. After its end a detached program stays in the table, so that
 * clients can read its log.
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

#define PROGRAMS_MAX 32 /* if so many, a new program replaces a detached one that has ended */
#define PROGRAM_FDS 3
#define PROGRAM_LINGER_MS 200

/*
 * The programs of a node. In a node that runs no programs, this array and its count are all the
 * memory they use.
 */
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
 * Starts the program of a request. Returns 0 also if the program cannot start. Replies to the
 * request itself if the program cannot start or is detached. Returns an error without a reply:
 * -EAGAIN (too many programs), -EEXIST (the request has a program already) or -ENOMEM.
 */
int programs_start(struct programs *programs, struct uplink *uplink,
		   const struct program_spec *spec);

/* Kills all programs except the detached ones. The agent still reports how each of them ended. */
void programs_end(struct programs *programs);

/*
 * The next four functions handle messages to the attached program of `request`. They do nothing if
 * the program is gone.
 */

/* Lets the program send `chunks` more chunks; 0 kills the program. */
void programs_credit(struct programs *programs, uint64_t request, uint64_t chunks);
/*
 * Queues a piece of input for the program; `len` 0 is the end of input. Returns what feed_put
 * returns, or 0 if the program is gone.
 */
int programs_input(struct programs *programs, uint64_t request, const void *data, size_t len);
void programs_signal(struct programs *programs, uint64_t request, int number);
void programs_resize(struct programs *programs, uint64_t request, uint16_t rows, uint16_t columns);

/*
 * Records that the process `pid` was reaped with `status`, as from waitpid(2). Ignores processes
 * that are no programs of the table.
 */
void programs_exited(struct programs *programs, pid_t pid, int status);

/*
 * Adds to `items` the descriptors of the programs for poll(2). `items` must have room for
 * PROGRAM_FDS descriptors per program. Returns how many descriptors it added.
 */
size_t programs_fill(struct programs *programs, const struct uplink *uplink, struct pollfd *items);

/*
 * Takes the results of poll(2) from the items that programs_fill added. Writes input to the
 * programs that are ready for it.
 */
void programs_polled(struct programs *programs, const struct pollfd *items);

/*
 * Reads one chunk of each output stream that is ready, and sends or logs it. Reports taken input
 * and ended programs. While the uplink is blocked, reports nothing and reads detached programs
 * only.
 */
void programs_step(struct programs *programs, struct uplink *uplink);

/*
 * Returns the time (clock_ns) at which to call programs_step next if no descriptor is ready;
 * INT64_MAX: never.
 */
int64_t programs_deadline(const struct programs *programs, const struct uplink *uplink);

/* Kills all programs, detached ones as well, and frees them. */
void programs_release(struct programs *programs);

#endif
