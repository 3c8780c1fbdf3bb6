/* The kinds of limits: for each kind its names, and a function that reads a value of this kind. */
#ifndef BONSAI_CLI_LIMIT_KINDS_H
#define BONSAI_CLI_LIMIT_KINDS_H

#include "base/limit_options.h"

#include <jansson.h>

struct limit_kind {
	const char *option; /* the kind's option, as "--memory" */
	const char *member; /* the kind's name in the API */
	/*
	 * Returns a new JSON value for the API. NULL: `word` is invalid, and the member `wrong`
	 * tells why.
	 */
	json_t *(*read)(const char *word);
	const char *wrong;
};

extern const struct limit_kind limit_kinds[LIMIT_WORDS];

/*
 * Rewords an error message of the API for the command line: replaces the API's name of a limit by
 * the limit's option.
 */
void limit_kinds_reword(const char *error, char *text, size_t size);

#endif
