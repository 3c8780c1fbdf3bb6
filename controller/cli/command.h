/*
 * The table of commands: the name, the arguments, the help and the function of each. The menu,
 * usage errors, suggestions and completion read this table, so a new command is one entry and one
 * function.
 */
#ifndef BONSAI_CLI_COMMAND_H
#define BONSAI_CLI_COMMAND_H

#include "controller/cli/flags.h"
#include "controller/cli/terminal.h"
#include "controller/cli/text.h"
#include "controller/cli/verbs.h"

#include <stdbool.h>
#include <stddef.h>

enum command_where {
	EVERYWHERE,
	REPL,	  /* available only in lines of the input */
	ONE_SHOT, /* available only as arguments of bonsai */
};

struct command {
	const char *name;
	const char *alias;	     /* a second name, which no list shows; or NULL */
	const char *like;	     /* its names in other programs, for suggestions; or NULL */
	const char *usage;	     /* the command's arguments, as in "ID..." */
	const char *help;	     /* one line, without quotes: shell completions contain it */
	const char *details;	     /* its options and further help; or NULL */
	size_t min, max;	     /* the number of arguments */
	const struct flags *flags;   /* the command's own options; or NULL */
	bool quoted;		     /* split a line of the input as sh(1) does */
	const char *const *keywords; /* words for completion, NULL at the end; or NULL */
	size_t keyword_at;	     /* the argument, counted from 1, that can be a keyword */
	enum command_where where;
	verb_fn *run;
};

extern const struct command commands[];
extern const size_t commands_count;

/* Returns NULL if no command has that name. */
const struct command *command_find(const char *name);

/* Calls text_consider_like for each command that is available at `where`. */
void command_consider(struct nearest *nearest, enum command_where where);

/*
 * Writes the entry of a command in a list of commands: one line, or two lines if the usage is long.
 */
void command_tell(struct out *out, const char *name, const char *usage, const char *help);

/*
 * Lists the commands whose member `where` equals the argument `where`, one entry for each command.
 */
void command_menu(struct out *out, enum command_where where);

/* Completes the names of commands and their keywords; see terminal.h. */
complete_fn command_complete;

/* Runs a command with `args`, or shows its usage if `args` do not fit the command. */
void command_carry_out(struct repl *repl, const struct command *command, char *const *args,
		       size_t count);

#endif
