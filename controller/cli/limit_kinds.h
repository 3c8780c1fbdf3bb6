/* The kinds of limits: the names of each kind, and how to read a value of it. */
#ifndef BONSAI_CLI_LIMIT_KINDS_H
#define BONSAI_CLI_LIMIT_KINDS_H

#include "base/limit_options.h"

#include <jansson.h>

struct limit_kind {
	const char *option; /* its option, as "--memory" */
	const char *member; /* its name in the API */
	/* Returns a new value for the API; NULL: `word` is invalid, and `wrong` says why. */
	json_t *(*read)(const char *word);
	const char *wrong;
};

extern const struct limit_kind limit_kinds[LIMIT_WORDS];

/* Rewords an error message of the API for the command line: a limit's member becomes its option. */
void limit_kinds_reword(const char *error, char *text, size_t size);

#endif
