/*
 * Limits of nodes: their form in the operators' API, the command `set`, which changes them while
 * the node runs, and the event `oom`. The launcher enforces the limits (sandbox/limit.c), and keeps
 * them on record for the next controller.
 */
#ifndef BONSAI_CONTROLLER_LIMIT_H
#define BONSAI_CONTROLLER_LIMIT_H

#include "base/limit_options.h"
#include "controller/api.h"
#include "sandbox/sandbox.h"

struct daemon;

/*
 * Reads an object such as {"memory_bytes":67108864,"cpus":0.5} into `limits`. A member that is null
 * lifts its limit; a missing member leaves it unchanged. On failure `limits` may be partly changed.
 */
int limit_parse(const json_t *object, struct sandbox_limits *limits, struct err *err);

/* Returns a new object in the form that limit_parse reads, with the limits that are set. */
json_t *limit_pack(const struct sandbox_limits *limits);

/*
 * Reads the limits of a new tree from the words that the starter gave, indexed by kind; a NULL
 * word: not given. Nobody has checked the words before, so that an error in a word goes to the
 * process that gets the result of the start.
 */
int limit_read_words(const char *const words[LIMIT_WORDS], struct sandbox_limits *limits,
		     struct err *err);

/* Sets in `node` the limits that each new node gets from its tree: disk, nofile, capabilities. */
void limit_inherit(const struct sandbox_limits *tree, struct sandbox_limits *node);

/* True when any limit is set, or any capability is given. */
bool limit_is_any(const struct sandbox_limits *limits);

/* The command `set_tree`. */
void limit_set_tree_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/* The command `set`. */
void limit_set_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/* Handles the launcher's events LIMITED, OOM and REFUSED. False: the event is not about limits. */
bool limit_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

#endif
