/*
 * `bonsai top`: the nodes of a tree on a full screen, looked at each second and whenever an
 * event comes, with keys to freeze, thaw, kill and enter them. However it ends, the terminal is
 * as it was; standard error says then what there is to say.
 */
#ifndef BONSAI_CLI_TOP_H
#define BONSAI_CLI_TOP_H

#include "controller/cli/session.h"

#include <stddef.h>

/* A sub-command of outer.h: returns the program's exit status, STATUS_USAGE off a terminal. */
int top_run(const struct session_options *options, char *const *args, size_t count);

#endif
