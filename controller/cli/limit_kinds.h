/* The kinds of limits: how each is called, and how what is written of it is read. */
#ifndef BONSAI_CLI_LIMIT_KINDS_H
#define BONSAI_CLI_LIMIT_KINDS_H

#include "base/limit_options.h"

#include <jansson.h>

struct limit_kind {
	const char *option; /* "--memory" */
	const char *member; /* of the API */
	/* A new value for the API; NULL: `word` is none, but what `wrong` says. */
	json_t *(*read)(const char *word);
	const char *wrong;
};

extern const struct limit_kind limit_kinds[LIMIT_WORDS];

/* A sentence of the API in the words of the command line: its members as options. */
void limit_kinds_reword(const char *error, char *text, size_t size);

#endif
