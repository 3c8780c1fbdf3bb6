/*
 * Splits a line of the operator into words. struct words owns one allocation with all words; `argv`
 * ends in NULL.
 */
#ifndef BONSAI_CLI_WORDS_H
#define BONSAI_CLI_WORDS_H

#include "base/err.h"

#include <stddef.h>

struct words {
	size_t count;
	char **argv;
	char *text;
};

/* Splits at blanks alone. Errors: -ENOMEM. On success the caller must call words_release. */
int words_split_plain(const char *line, struct words *words, struct err *err);

/*
 * Splits as sh(1) does, but expands nothing. '…' takes everything literally. "…" takes everything
 * literally but a backslash before one of " \ $ `. Outside of quotes a backslash takes the next
 * character literally. Errors: -EINVAL for an open quote or a backslash at the end, -ENOMEM.
 */
int words_split_quoted(const char *line, struct words *words, struct err *err);

/* Accepts a zeroed struct as well. */
void words_release(struct words *words);

#endif
