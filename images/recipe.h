/*
 * Recipes: programs that write a root file system, as a tar archive, to their standard output. They
 * are part of Bonsai (images/recipes). Each run gets a new working folder, which is removed with
 * its contents afterwards. The archive is unpacked like any untrusted one (sink.h).
 */
#ifndef BONSAI_IMAGES_RECIPE_H
#define BONSAI_IMAGES_RECIPE_H

#include "images/sink.h"

/*
 * Runs the recipe at `path` and unpacks its archive. `scratch` is a folder for temporary files.
 * Ends the recipe's process group after 30 minutes (-ETIMEDOUT), or on SIGINT, SIGTERM or SIGHUP
 * (-EINTR). If the recipe fails (-ECANCELED), the last line of its standard error is the error
 * text. The caller must be single-threaded. Blocks.
 */
int recipe_unpack(struct sink *sink, const char *path, int scratch, struct err *err);

#endif
