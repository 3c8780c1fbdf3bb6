/*
 * `bonsai image`: manages images (images/store.h). It needs neither a tree nor a controller.
 */
#ifndef BONSAI_CLI_IMAGES_H
#define BONSAI_CLI_IMAGES_H

#include "controller/cli/session.h"

#include <stddef.h>

#define IMAGES_USAGE "import NAME SOURCE|build RECIPE [NAME]|rm|inspect NAME|ls"

/* The verbs of `bonsai image`, NULL at the end. */
extern const char *const images_verbs[];

/*
 * Runs a verb of `bonsai image`. args[0] is the verb. images_run checks the number of the verb's
 * arguments. Returns bonsai's exit status.
 */
int images_run(const struct session_options *options, char *const *args, size_t count);

#endif
