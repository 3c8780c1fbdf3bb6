/*
 * Recipes: programs that write a root file system, as a tar, to their standard output. They lie in
 * a folder of ours (images/recipes), and run with a folder of their own as working directory, which
 * goes with what they leave in it. What they write is unpacked as anybody's archive is (sink.h).
 */
#ifndef BONSAI_IMAGES_RECIPE_H
#define BONSAI_IMAGES_RECIPE_H

#include "images/sink.h"

/*
 * Runs the recipe at `path` and unpacks what it writes; `scratch` is a folder for what is made on
 * the way. It is killed, with all of its process group, after 30 minutes, or when SIGINT, SIGTERM
 * or SIGHUP comes (-EINTR). Of one that fails the last line on its standard error is the error. The
 * caller must be single-threaded.
 */
int recipe_unpack(struct sink *sink, const char *path, int scratch, struct err *err);

#endif
