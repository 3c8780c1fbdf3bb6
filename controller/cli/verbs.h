/*
 * What the commands do. Each takes its arguments, already counted against the command
 * table, and prints its answer into the session; a wrong argument is answered
 * before anything is asked of the controller.
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
 * `args` are the words after the command's, `count` of them. -EINVAL: they are not what
 * the command takes, show its usage; otherwise 0, whatever the answer was.
 */
typedef int verb_fn(struct repl *repl, char *const *args, size_t count);

/* False, with the error shown, if `word` is no node id. */
bool verb_take_id(struct repl *repl, const char *word, uint32_t *id);

/*
 * Calls `ask` for each node of a list, as ids.h has it, one after the other until the session ends;
 * `several`: there is more than one. Returns what a verb does.
 */
typedef void each_fn(struct repl *repl, uint32_t node, bool several, const void *own);
int verb_each(struct repl *repl, char *const *words, size_t count, each_fn *ask, const void *own);

/*
 * One answer about a node, a new reference; NULL when an error was shown or the session ended.
 * `several`: the error names the node.
 */
json_t *verb_ask(struct session *session, const char *cmd, const char *what, uint32_t node,
		 bool several);

/*
 * A descriptor of the node's init itself, and of none that got its number meanwhile; -1 when an
 * error was shown: it has none that lives. `what` is who asks. Of verbs_enter.c.
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
