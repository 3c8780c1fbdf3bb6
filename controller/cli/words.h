/*
 * Splits a line from the operator into words. struct words owns one allocation with the text of all
 * words; `argv` ends in NULL.
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

/*
 * Splits a line at blanks alone; quotes have no meaning. Errors: -ENOMEM. On success the caller
 * must call words_release.
 */
int words_split_plain(const char *line, struct words *words, struct err *err);

/*
 * Splits a line into words as sh(1) does, but expands nothing. In '…' all characters are literal.
 * In "…" all characters are literal, except a backslash before one of " \ $ `. Outside of quotes a
 * backslash makes the next character literal. Errors: -EINVAL for an open quote or a backslash at
 * the end, -ENOMEM.
 */
int words_split_quoted(const char *line, struct words *words, struct err *err);

/* Accepts a zeroed struct as well. */
void words_release(struct words *words);

#endif
