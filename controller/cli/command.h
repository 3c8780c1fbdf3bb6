/*
 * The command table: what there is, how it is written, what it says for itself. The menu,
 * usage errors, suggestions and completion are all read from it, so a command is
 * one entry and one function.
 */
#ifndef BONSAI_CLI_COMMAND_H
#define BONSAI_CLI_COMMAND_H

#include "controller/cli/terminal.h"
#include "controller/cli/verbs.h"

#include <stdbool.h>
#include <stddef.h>

struct command {
	const char *name;
	const char *alias;	     /* another name, not shown; or NULL */
	const char *usage;	     /* its arguments */
	const char *help;	     /* one line */
	size_t min, max;	     /* how many arguments */
	bool quoted;		     /* words are cut as sh does */
	const char *const *keywords; /* for completion, NULL at the end; or NULL */
	size_t keyword_at;	     /* the argument, from 1, that may be one of them */
	verb_fn *run;
};

extern const struct command commands[];
extern const size_t commands_count;

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

/* The name nearest to a mistyped one; NULL when none is near. */
const char *command_nearest(const char *name);

/* The list of commands, a line each. */
void command_menu(struct out *out);

/* Completes commands' names and keywords (see terminal.h). */
complete_fn command_complete;

/* Carries out a line; whatever is wrong with it is answered. */
void command_execute(struct repl *repl, const char *line);

#endif
