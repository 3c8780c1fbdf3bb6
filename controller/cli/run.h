/*
 * Programs run in nodes, as an operator has them: one with his input, output and terminal,
 * or the same one in many nodes side by side, with the node before each line.
 */
#ifndef BONSAI_CLI_RUN_H
#define BONSAI_CLI_RUN_H

#include "controller/cli/session.h"

#include <stdint.h>

struct run_spec {
	char *const *argv; /* `words` of them */
	size_t words;
	char **env; /* NAME=VALUE, `variables` of them */
	size_t variables;
	const char *dir; /* NULL: / */
	bool terminal;
	bool no_input; /* standard input is not for it */
	bool detach;
};

/* The request, a new reference; NULL without the memory for all of it. */
json_t *run_request(const struct run_spec *spec, uint32_t node, bool input);

/* Whatever it ends with is in the session: its status, or what went wrong. */
void run_one(struct session *session, const struct run_spec *spec, uint32_t node);

/* In each of the nodes; sums up on standard error. */
void run_many(struct session *session, const struct run_spec *spec, const uint32_t *nodes,
	      size_t count);

/* --- what both need --- */

/* Once --timeout is over a program is to end, and has so long to say that it has. */
#define RUN_LATE_NS (1000 * 1000 * 1000LL)

/* Answers taken in one go: some programs write for as long as they are read. */
#define TURN_ANSWERS 64

/*
 * Output that nobody reads is dropped from `deadline_ns` on, so that --timeout is kept; INT64_MAX:
 * the command ends, and with it the bound.
 */
void run_bound_output(struct session *session, int64_t deadline_ns);

/* When --timeout is over; INT64_MAX: never. And how long session_wait may take until then. */
int64_t run_deadline_ns(const struct session *session);
int run_wait_ms(int64_t deadline_ns);

/* True for the last answer of a program that was killed. */
bool run_was_killed(const json_t *body);

/* `Error: WHAT: not ended after …`, of what was followed until the time's end. */
void run_say_late(struct session *session, const char *what);

enum run_stream { RUN_NO_STREAM, RUN_STDOUT, RUN_STDERR };

/* Which stream a piece of output is of. */
enum run_stream run_stream_of(const json_t *body);

/* The status of a program's last answer, as shells have it; -1 when it makes no sense. */
int run_status(const json_t *body);

/* An answer as one line of JSON: with its octets as text, or in base64 where they are none. */
void run_show_json(struct session *session, const struct answer *answer, uint32_t node);

/* Tells something of request `id`, `credit` or `exec_signal`, with a number. */
void run_tell(struct session *session, uint64_t id, const char *cmd, const char *member,
	      unsigned int number);

#endif
