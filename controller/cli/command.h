/*
 * The command table: what there is, how it is written, what it says for itself. The menu,
 * usage errors, suggestions and completion are all read from it, so a command is
 * one entry and one function.
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
	REPL,	  /* lines of the input alone */
	ONE_SHOT, /* the program's arguments alone */
};

struct command {
	const char *name;
	const char *alias;	     /* another name, not shown; or NULL */
	const char *like;	     /* what it is called elsewhere, to be guessed by; or NULL */
	const char *usage;	     /* its arguments */
	const char *help;	     /* one line, without quotes: shells get it as well */
	const char *details;	     /* its options and what else there is to say; or NULL */
	size_t min, max;	     /* how many arguments */
	const struct flags *flags;   /* options of its own; or NULL */
	bool quoted;		     /* words are cut as sh does */
	const char *const *keywords; /* for completion, NULL at the end; or NULL */
	size_t keyword_at;	     /* the argument, from 1, that may be one of them */
	enum command_where where;
	verb_fn *run;
};

extern const struct command commands[];
extern const size_t commands_count;

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

/* Considers the commands that are to be had there. */
void command_consider(struct nearest *nearest, enum command_where where);

/* A line of such a list; of two where the usage is long. */
void command_tell(struct out *out, const char *name, const char *usage, const char *help);

/* The list of the commands that are to be had there, a line each. */
void command_menu(struct out *out, enum command_where where);

/* Completes commands' names and keywords (see terminal.h). */
complete_fn command_complete;

/* Carries out a command, or says how it is used. */
void command_carry_out(struct repl *repl, const struct command *command, char *const *args,
		       size_t count);

#endif
