/*
 * The functions that run the commands. The caller has checked the number of arguments against the
 * command table. Each function puts its result into the session's output. It reports a wrong
 * argument before it sends any request to the controller.
 */
#ifndef BONSAI_CLI_VERBS_H
#define BONSAI_CLI_VERBS_H

#include "controller/cli/flags.h"
#include "controller/cli/input.h"
#include "controller/cli/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repl {
	struct session *session;
	struct input *input; /* NULL for a one_shot command */
};

/*
 * Runs a command. `args` are the `count` words after the command's name. -EINVAL: the arguments do
 * not fit the command, and the caller shows the usage. Otherwise 0, even if the command failed.
 */
typedef int verb_fn(struct repl *repl, char *const *args, size_t count);

/* Reads a node id. False if `word` is no node id; then an error was shown. */
bool verb_take_id(struct repl *repl, const char *word, uint32_t *id);

/*
 * Calls `ask` for each node of a list (see ids.h), one node after the other, until the session
 * ends. `several` tells `ask` that the list has more than one node. Returns the same values as a
 * verb_fn.
 */
typedef void each_fn(struct repl *repl, uint32_t node, bool several, const void *own);
int verb_each(struct repl *repl, char *const *words, size_t count, each_fn *ask, const void *own);

/*
 * Sends the request `cmd` about a node and returns the body of its one reply, a new reference.
 * NULL: an error was shown, or the session has ended. `what` is the command's name, for errors.
 * With `several`, an error names the node.
 */
json_t *verb_ask(struct session *session, const char *cmd, const char *what, uint32_t node,
		 bool several);

/*
 * Returns a pidfd of the node's init, and never of a process that reuses the init's process number.
 * -1: the node has no running init, and an error was shown, or the session has ended. `what` is the
 * command's name, for the error. Defined in verbs_enter.c.
 */
int verb_open_init(struct session *session, const char *what, uint32_t node);

verb_fn verb_create, verb_remove, verb_grow, verb_pingall; /* verbs_tree.c */
verb_fn verb_heartbeat, verb_stats, verb_exit;		   /* verbs_node.c */
verb_fn verb_exec, verb_logs;				   /* verbs_exec.c */
verb_fn verb_enter, verb_inspect;			   /* verbs_enter.c */
verb_fn verb_audit;					   /* verbs_audit.c */
verb_fn verb_kill, verb_freeze, verb_thaw;		   /* verbs_fault.c */
verb_fn verb_set;					   /* verbs_node.c */
verb_fn verb_top;					   /* top_enter.c */
verb_fn verb_ps, verb_tree, verb_info, verb_events;	   /* verbs_look.c */

extern const struct flags exec_flags, logs_flags; /* verbs_exec.c */
extern const struct flags kill_flags;		  /* verbs_fault.c */
extern const struct flags events_flags;		  /* verbs_look.c */

#endif
