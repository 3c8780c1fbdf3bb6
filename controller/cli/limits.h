/* Limits of nodes as options of commands: --memory 64M --pids 32 --cpus 0.5 --disk 32M --io 10M. */
#ifndef BONSAI_CLI_LIMITS_H
#define BONSAI_CLI_LIMITS_H

#include "base/err.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The name of the member for --cap-add CAP[,CAP...] in the object of limits. Capabilities are not
 * limits: the caller must move this member out of the object.
 */
#define LIMITS_CAPS "capabilities"

extern const struct flags limits_flags; /* the options of limit_kinds.h, and --cap-add */

/*
 * Takes the limit options out of `args`, where they may stand anywhere. *limits is a new object for
 * the API, or NULL if there is no limit option. The *kept other words go to `words`, which has room
 * for `count`. False: an error was shown.
 */
bool limits_take(struct session *session, char *const *args, size_t count, char **words,
		 size_t *kept, json_t **limits);

#endif
