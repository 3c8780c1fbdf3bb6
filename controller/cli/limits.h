/* Limits of nodes as options of commands: --memory 64M --pids 32 --cpus 0.5 --disk 32M --io 10M. */
#ifndef BONSAI_CLI_LIMITS_H
#define BONSAI_CLI_LIMITS_H

#include "base/err.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A member of the object for --cap-add CAP[,CAP...], which is no limit: to be taken out. */
#define LIMITS_CAPS "capabilities"

extern const struct flags limits_flags; /* by limit_kinds.h */

/*
 * Takes the limits out of `args`, where they may stand anywhere: a new object for the API in
 * *limits, NULL when there are none; what is left goes to words[count], *kept of it. False
 * when an error was shown.
 */
bool limits_take(struct session *session, char *const *args, size_t count, char **words,
		 size_t *kept, json_t **limits);

#endif
