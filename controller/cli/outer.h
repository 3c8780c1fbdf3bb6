/*
 * The sub-commands that are about trees as a whole, or about no tree: a table beside
 * that of command.h, with which it makes up the help and the shells' completions.
 */
#ifndef BONSAI_CLI_OUTER_H
#define BONSAI_CLI_OUTER_H

#include "controller/cli/flags.h"
#include "controller/cli/session.h"
#include "controller/cli/text.h"

#include <stddef.h>

struct outer {
	const char *name;
	const char *like; /* see command.h */
	const char *usage, *help;
	size_t min, max; /* how many arguments */
	/*
	 * Returns the program's exit status. One with flags gets all that follows its name, options
	 * included, and returns -1 when the help about it is asked for.
	 */
	int (*run)(const struct session_options *options, char *const *args, size_t count);
	const char *const *keywords; /* its first argument, for completion; or NULL */
	const char *details;	     /* what else there is to say; or NULL */
	const struct flags
	    *flags; /* its own options, before the first word that is none; or NULL */
};

extern const struct outer outers[];
extern const size_t outers_count;

/* NULL when there is none of that name. */
const struct outer *outer_find(const char *name);

/* Considers all that there is on the command line, of both tables. */
void outer_consider(struct nearest *nearest);

/* The name nearest to a mistyped one, of both tables; NULL when none is near. */
const char *outer_nearest(const char *name);

/* About a sub-command, or with NULL about all. Return the exit status. */
int outer_help(const char *topic);
int outer_version(bool json);

/*
 * `completion`, of completion.c: for shells, written from the tables of commands and options.
 * What only the moment tells - trees, nodes, images - the shell asks of `bonsai --json`.
 */
int outer_completion(const struct session_options *options, char *const *args, size_t count);
extern const char *const outer_shells[]; /* NULL at the end */

#endif
