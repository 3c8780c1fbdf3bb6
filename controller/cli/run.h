/*
 * Runs programs in nodes. run_one runs one program with the operator's input, output and terminal.
 * run_many runs the same program in many nodes at once, and puts the node's id before each line of
 * output.
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
	const char *dir; /* the folder to start in; NULL: / */
	bool terminal;
	bool no_input; /* the program does not get standard input */
	bool detach;
};

/* Returns the `exec` request, a new reference; NULL if memory runs out. */
json_t *run_request(const struct run_spec *spec, uint32_t node, bool input);

/*
 * Runs the program in one node. On return the session has its exit status, or has shown the error.
 */
void run_one(struct session *session, const struct run_spec *spec, uint32_t node);

/*
 * Runs the program in each of the nodes. At the end writes a summary: to standard error for a
 * one_shot command, else to session->out.
 */
void run_many(struct session *session, const struct run_spec *spec, const uint32_t *nodes,
	      size_t count);

/* --- what run_one and run_many share --- */

/* After --timeout bonsai cancels a program, and waits this long for its last reply. */
#define RUN_LATE_NS (1000 * 1000 * 1000LL)

/* Replies to take in one go, at most: some programs write as long as bonsai reads. */
#define TURN_ANSWERS 64

/*
 * Drops output that nobody reads from `deadline_ns` on, so that --timeout holds. INT64_MAX, at the
 * end of a command, removes the bound. A one_shot command that had a bound gets RUN_LATE_NS more
 * instead, for its last output.
 */
void run_bound_output(struct session *session, int64_t deadline_ns);

/*
 * run_deadline_ns: when --timeout is over; INT64_MAX: never. run_wait_ms: how long session_wait may
 * take until `deadline_ns`.
 */
int64_t run_deadline_ns(const struct session *session);
int run_wait_ms(int64_t deadline_ns);

/* True if `body` is the last reply of a program that a signal killed. */
bool run_was_killed(const json_t *body);

/*
 * Reports `Error: WHAT: not ended after …`, when --timeout ends a command that follows something.
 */
void run_say_late(struct session *session, const char *what);

enum run_stream { RUN_NO_STREAM, RUN_STDOUT, RUN_STDERR };

/* Returns the stream to which a piece of output belongs. */
enum run_stream run_stream_of(const json_t *body);

/*
 * Returns the exit status in a program's last reply, as shells give it (128 + N for signal N); -1
 * if the reply is malformed.
 */
int run_status(const json_t *body);

/* Shows a reply as one line of JSON: its octets as text, or in base64 if they are no text. */
void run_show_json(struct session *session, const struct answer *answer, uint32_t node);

/*
 * Sends `credit`, `exec_signal` or `cancel` about request `id`. If `member` is not NULL, the
 * request has `number` as that member.
 */
void run_tell(struct session *session, uint64_t id, const char *cmd, const char *member,
	      unsigned int number);

#endif
