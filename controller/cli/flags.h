/*
 * A command's own options, as getopt_long(3) has them. On the command line the program's
 * options may stand among them; a line of the input has these alone.
 */
#ifndef BONSAI_CLI_FLAGS_H
#define BONSAI_CLI_FLAGS_H

#include "controller/cli/session.h"

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

struct flags {
	const char *brief;	   /* "fn:": the short ones */
	const struct option *full; /* the long ones, whose `val` is no short one of the program */
	bool program;		   /* a program and its own options follow, after a "--" */
};

/* Takes one into `own`; `word` is its argument, or NULL. False, with the error shown. */
typedef bool flag_fn(struct session *session, void *own, int flag, char *word);

/*
 * Takes those among `args`, up to a "--"; the other words, that and what follows it included,
 * go to *words, a new array that the caller frees. False when an error was shown: it is
 * one of usage.
 */
bool flags_take(struct session *session, const struct flags *flags, char *const *args, size_t count,
		flag_fn *take, void *own, char ***words, size_t *words_count);

#define FLAGS_WORD 1 /* what getopt_long(3) calls a word that is no option */

/* Which option it was that getopt did not like; `brief` is room for it. */
const char *flags_bad_word(char *const *argv, char brief[3]);

/* What to say of one that there is not; `flags` may be NULL, `after_words`: some stand before it.
 */
const char *flags_unknown(const struct flags *flags, bool after_words);

/* The long one that `word`, with its dashes, may be a slip of; or NULL. */
const char *flags_nearest(const struct option *full, const char *word);

/* "Error: WHAT: WORD", a usage error; false, for who returns it. */
bool flags_complain(struct session *session, const char *what, const char *word);

#endif
