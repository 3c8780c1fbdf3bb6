/*
 * Limits of nodes: how the operators' API writes them, `set`, which changes them while the
 * node runs, and the event `oom`. What keeps them is the launcher (sandbox/limit.c), which
 * also has them on record for the next controller.
 */
#ifndef BONSAI_CONTROLLER_LIMIT_H
#define BONSAI_CONTROLLER_LIMIT_H

#include "base/limit_options.h"
#include "controller/api.h"
#include "sandbox/sandbox.h"

struct daemon;

/*
 * Takes an object as {"memory_bytes":67108864,"cpus":0.5} into `limits`: a member that is
 * null lifts that limit, one that is not there leaves it. On failure `limits` may be half done.
 */
int limit_parse(const json_t *object, struct sandbox_limits *limits, struct err *err);

/* The same the other way, without those that are none; a new object. */
json_t *limit_pack(const struct sandbox_limits *limits);

/*
 * Limits of a tree that is made, as its starter wrote them, by the kind; NULL: none. As
 * words, so that what is wrong with one can be told to whom the start is told.
 */
int limit_read_words(const char *const words[LIMIT_WORDS], struct sandbox_limits *limits,
		     struct err *err);

/* What a node has by its tree's, where it is not told otherwise: what is each node's own. */
void limit_inherit(const struct sandbox_limits *tree, struct sandbox_limits *node);

/* Whether there is a limit among them, or a capability. */
bool limit_is_any(const struct sandbox_limits *limits);

/* The command `set_tree`. */
void limit_set_tree_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/* The command `set`. */
void limit_set_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/* LIMITED and OOM come here, and REFUSED; false: it was not about limits. */
bool limit_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

#endif
