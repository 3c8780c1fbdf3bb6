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
	char *const *argv; /* the program and its arguments, `words` in all */
	size_t words;
	char **env; /* `variables` strings NAME=VALUE */
	size_t variables;
	const char *dir; /* the folder to start in; NULL: / */
	bool terminal;
	bool no_input; /* the program gets no standard input */
	bool detach;
};

/* Returns the `exec` request for the program, a new reference; NULL if memory runs out. */
json_t *run_request(const struct run_spec *spec, uint32_t node, bool input);

/*
 * Runs the program in one node. On return session->status has the program's exit status, or an
 * error was shown.
 */
void run_one(struct session *session, const struct run_spec *spec, uint32_t node);

/*
 * Runs the program in each of the nodes. At the end writes a summary: to standard error for a
 * one_shot command, otherwise to session->out.
 */
void run_many(struct session *session, const struct run_spec *spec, const uint32_t *nodes,
	      size_t count);

/* --- what run_one and run_many share --- */

/* After --timeout bonsai cancels the program, and waits this long for the program's last reply. */
#define RUN_LATE_NS (1000 * 1000 * 1000LL)

/*
 * How many replies bonsai takes at most before it handles input and signals again. Some programs
 * write without end, as long as bonsai reads.
 */
#define TURN_ANSWERS 64

/*
 * Sets the deadline for output: from `deadline_ns` on, bonsai drops output that nobody reads, so
 * that --timeout holds. At the end of a command, INT64_MAX removes the deadline. But for a one_shot
 * command that had a deadline, INT64_MAX sets a new one: RUN_LATE_NS from now, for the last output.
 */
void run_bound_output(struct session *session, int64_t deadline_ns);

/*
 * run_deadline_ns: when the time of --timeout is over; INT64_MAX: never. run_wait_ms: the time-out
 * to give to session_wait, so that it returns at `deadline_ns`.
 */
int64_t run_deadline_ns(const struct session *session);
int run_wait_ms(int64_t deadline_ns);

/* True if `body` is the last reply of a program that a signal killed. */
bool run_was_killed(const json_t *body);

/*
 * Reports `Error: WHAT: not ended after …`. Call this when --timeout ends a command that follows a
 * program, a log or events.
 */
void run_say_late(struct session *session, const char *what);

enum run_stream { RUN_NO_STREAM, RUN_STDOUT, RUN_STDERR };

/*
 * Returns the stream to which the output in a reply belongs; RUN_NO_STREAM: the reply has no
 * output.
 */
enum run_stream run_stream_of(const json_t *body);

/*
 * Returns the exit status that a program's last reply reports, as shells count it (128 + N for
 * signal N). -1: the reply is malformed.
 */
int run_status(const json_t *body);

/*
 * Shows a reply as one line of JSON. The octets of a program's output are in the line as text, or
 * in base64 if they are no text.
 */
void run_show_json(struct session *session, const struct answer *answer, uint32_t node);

/*
 * Sends `cmd` (`credit`, `exec_signal` or `cancel`) about the earlier request `id`. If `member` is
 * not NULL, the message has a member of that name with the value `number`.
 */
void run_tell(struct session *session, uint64_t id, const char *cmd, const char *member,
	      unsigned int number);

#endif
