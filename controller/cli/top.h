/*
 * `bonsai top`: shows the nodes of a tree on a full screen, updated each second and after each
 * event. Keys freeze, thaw, kill and enter a node. However top ends, the terminal is restored;
 * errors appear on standard error after that.
 */
#ifndef BONSAI_CLI_TOP_H
#define BONSAI_CLI_TOP_H

#include "controller/cli/session.h"

#include <stddef.h>

/* A sub-command of outer.h. Returns bonsai's exit status: STATUS_USAGE if there is no terminal. */
int top_run(const struct session_options *options, char *const *args, size_t count);

#endif
