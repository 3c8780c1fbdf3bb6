/*
 * The program's options as they are told: the help and the shells' completions are read from
 * this table. What they do is bonsai.c's.
 */
#ifndef BONSAI_CLI_OPTIONS_H
#define BONSAI_CLI_OPTIONS_H

#include "controller/cli/out.h"

#include <stdbool.h>
#include <stddef.h>

struct told_option {
	const char *name;     /* with its dashes */
	char letter;	      /* the short one; 0: none */
	const char *argument; /* as the help names it; NULL: it takes none */
	const char *help;     /* one line, without quotes, colons and brackets: shells get it */
	const char *const *values; /* what its argument may be, NULL at the end; or NULL */
	bool made;		   /* for a tree that is made: of `up`, and of no sub-command */
};

extern const struct told_option told_options[];
extern const size_t told_options_count;

/* What --backend and --on-crash take, NULL at the end. */
extern const char *const option_backends[], *const option_policies[];

/* A line each; with `made` those for a tree that is made alone. */
void options_tell(struct out *out, bool made);

#endif
