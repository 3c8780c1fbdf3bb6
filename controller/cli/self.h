/*
 * Finds this program, and files that were built or installed together with it.
 */
#ifndef BONSAI_CLI_SELF_H
#define BONSAI_CLI_SELF_H

#include <limits.h>
#include <stdbool.h>

/*
 * Writes the folder of this program, without a '/' at the end. Writes "" if the kernel does not
 * report the folder.
 */
void self_folder(char folder[PATH_MAX]);

/*
 * Finds the first of `places` for which access(2) allows `mode`, and writes that path to `path`.
 * The places are paths relative to the folder of this program, NULL at the end. False: access(2)
 * allows none, and `path` is the last place.
 */
bool self_find(const char *const *places, int mode, char path[PATH_MAX]);

#endif
