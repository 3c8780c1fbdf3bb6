/*
 * The sub-commands that act on whole trees, or on no tree. This table and that of command.h
 * together make the help and the shells' completions.
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
	size_t min, max; /* the number of arguments */
	/*
	 * Runs the sub-command and returns bonsai's exit status. A sub-command with `flags` gets
	 * all words after its name, options included, and returns -1 if the operator requests its
	 * help.
	 */
	int (*run)(const struct session_options *options, char *const *args, size_t count);
	const char *const *keywords; /* words for the first argument, for completion; or NULL */
	const char *details;	     /* further help; or NULL */
	const struct flags *flags; /* its own options, which end at the first other word; or NULL */
};

extern const struct outer outers[];
extern const size_t outers_count;

/* Returns NULL if no sub-command has that name. */
const struct outer *outer_find(const char *name);

/*
 * Calls text_consider_like for each name of this table and of the table in command.h, except the
 * names that the command line does not have.
 */
void outer_consider(struct nearest *nearest);

/*
 * Returns the name nearest to a mistyped name, from this table or the table in command.h. NULL if
 * no name is near.
 */
const char *outer_nearest(const char *name);

/*
 * outer_help shows the help about the sub-command `topic`; if `topic` is NULL, the help about all
 * of bonsai. outer_version shows the version. Both return bonsai's exit status.
 */
int outer_help(const char *topic);
int outer_version(bool json);

/*
 * Runs `bonsai completion` (in completion.c): writes a shell's completions, made from the tables of
 * commands and options. Trees, nodes and images change, so the shell gets their names from `bonsai
 * --json` at each completion.
 */
int outer_completion(const struct session_options *options, char *const *args, size_t count);
extern const char *const outer_shells[]; /* NULL at the end */

#endif
