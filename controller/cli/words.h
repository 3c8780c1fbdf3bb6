/*
 * A line of the operator cut into words. The words live in one allocation that
 * struct words owns; `argv` ends in NULL.
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

/* Cuts at blanks alone. Errors: -ENOMEM. On success release with words_release. */
int words_split_plain(const char *line, struct words *words, struct err *err);

/*
 * The same as sh(1) cuts: '…' takes all literally, "…" all but a backslash before
 * one of " \ $ `, and a backslash outside of quotes the next character. Nothing is expanded.
 * Errors: -EINVAL for a quote or a backslash that isn't finished, -ENOMEM.
 */
int words_split_quoted(const char *line, struct words *words, struct err *err);

/* Takes a zeroed one as well. */
void words_release(struct words *words);

#endif
