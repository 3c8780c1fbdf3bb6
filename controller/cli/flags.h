/*
 * The options of one command, parsed by getopt_long(3). On the command line, bonsai's options may
 * stand among the options of the command. In a line of the input, only the command's own options
 * may stand.
 */
#ifndef BONSAI_CLI_FLAGS_H
#define BONSAI_CLI_FLAGS_H

#include "controller/cli/session.h"

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

struct flags {
	const char *brief;	   /* short options, as "fn:" */
	const struct option *full; /* long options; no `val` may be a short option of bonsai */
	bool program;		   /* a program with its own options follows, after a "--" */
};

/*
 * Stores the option `flag` into `own`. `word` is the option's argument, or NULL. False: the option
 * is wrong, and an error was shown.
 */
typedef bool flag_fn(struct session *session, void *own, int flag, char *word);

/*
 * Takes the options out of `args`, up to a "--", and passes each option to `take`. All other words,
 * and the "--" with all words after the "--", go to *words, a new array that the caller frees.
 * False: a usage error was shown.
 */
bool flags_take(struct session *session, const struct flags *flags, char *const *args, size_t count,
		flag_fn *take, void *own, char ***words, size_t *words_count);

#define FLAGS_WORD 1 /* getopt_long(3) returns this for a word that is no option */

/*
 * Returns the text of the option that getopt_long(3) has just refused. `brief` is a buffer for that
 * text, used for a short option.
 */
const char *flags_bad_word(char *const *argv, char brief[3]);

/*
 * Returns the error message about an unknown option. `flags` may be NULL. `after_words` tells that
 * the option stands after a word that is no option.
 */
const char *flags_unknown(const struct flags *flags, bool after_words);

/* Returns the long option of which `word` (with its dashes) may be a misspelling; or NULL. */
const char *flags_nearest(const struct option *full, const char *word);

/*
 * Shows the usage error "Error: WHAT: WORD". Always returns false, so that a caller can return this
 * value itself.
 */
bool flags_complain(struct session *session, const char *what, const char *word);

#endif
