/* `bonsai image`: what is done with images (images/store.h), without a tree and without a
 * controller. */
#ifndef BONSAI_CLI_IMAGES_H
#define BONSAI_CLI_IMAGES_H

#include "controller/cli/session.h"

#include <stddef.h>

#define IMAGES_USAGE "import NAME SOURCE|build RECIPE [NAME]|rm|inspect NAME|ls"

/* What is to be done, NULL at the end. */
extern const char *const images_verbs[];

/* `args` begin with what to do; the rest is counted here. Returns the program's exit status. */
int images_run(const struct session_options *options, char *const *args, size_t count);

#endif
