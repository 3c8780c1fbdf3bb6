/*
 * The descriptions of bonsai's own options: the help and the shells' completions are made from this
 * table. bonsai.c implements the options.
 */
#ifndef BONSAI_CLI_OPTIONS_H
#define BONSAI_CLI_OPTIONS_H

#include "controller/cli/out.h"

#include <stdbool.h>
#include <stddef.h>

struct told_option {
	const char *name;     /* the long option, with its dashes */
	char letter;	      /* the short option; 0: none */
	const char *argument; /* its argument's name in the help; NULL: it takes no argument */
	const char *help;     /* one line; no quotes, colons, brackets: completions contain it */
	const char *const *values; /* the only possible arguments, NULL at the end; or NULL */
	bool made;		   /* only for a new tree: with `up`, or without a sub-command */
};

extern const struct told_option told_options[];
extern const size_t told_options_count;

/* The possible arguments of --backend and of --on-crash, NULL at the end. */
extern const char *const option_backends[], *const option_policies[];

/* The largest argument of --timeout, and what is wrong with another one. */
#define OPTION_TIMEOUT_MAX_S 86400
#define OPTION_TIMEOUT_WRONG "no timeout, 1 to 86400 seconds"

/* Writes a line of help for each option; with `made` only for the options for a new tree. */
void options_tell(struct out *out, bool made);

#endif
