/*
 * Where this program lies, and what was built or installed together with it.
 */
#ifndef BONSAI_CLI_SELF_H
#define BONSAI_CLI_SELF_H

#include <limits.h>
#include <stdbool.h>

/* The folder of this program, without a '/' at its end; empty when the kernel does not tell. */
void self_folder(char folder[PATH_MAX]);

/*
 * The first of `places` that access(2) allows `mode` for; they are paths from the folder of this
 * program, NULL at the end. False: there is none, and `path` is the last of them.
 */
bool self_find(const char *const *places, int mode, char path[PATH_MAX]);

#endif
