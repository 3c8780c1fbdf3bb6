/*
 * The sub-commands for whole trees, available only on the command line. `up` starts a tree that
 * outlives bonsai, `down` takes a tree down, and `ls` lists the trees. Each prints its result and
 * returns bonsai's exit status.
 */
#ifndef BONSAI_CLI_TREES_H
#define BONSAI_CLI_TREES_H

#include "controller/cli/session.h"

int trees_up(const struct session_options *options, char *const *args, size_t count);
int trees_down(const struct session_options *options, char *const *args, size_t count);
int trees_list(const struct session_options *options, char *const *args, size_t count);

#endif
