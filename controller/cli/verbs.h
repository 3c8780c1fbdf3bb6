/*
 * What the commands do. Each takes its arguments, already counted against the command
 * table, and prints its answer into the session; a wrong argument is answered
 * before anything is asked of the controller.
 */
#ifndef BONSAI_CLI_VERBS_H
#define BONSAI_CLI_VERBS_H

#include "controller/cli/input.h"
#include "controller/cli/session.h"

#include <stddef.h>

struct repl {
	struct session *session;
	struct input *input;
};

/*
 * `args` are the words after the command's, `count` of them. -EINVAL: they are not what
 * the command takes, show its usage; otherwise 0, whatever the answer was.
 */
typedef int verb_fn(struct repl *repl, char *const *args, size_t count);

verb_fn verb_create, verb_remove, verb_grow, verb_pingall; /* verbs_tree.c */
verb_fn verb_exec, verb_heartbeat, verb_stats, verb_exit;  /* verbs_node.c */

#endif
