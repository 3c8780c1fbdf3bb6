/*
 * What is done with trees as a whole, from outside of a session: starting one that lives
 * on, taking it down, and seeing which there are. Each prints what it did and returns the
 * program's exit status.
 */
#ifndef BONSAI_CLI_TREES_H
#define BONSAI_CLI_TREES_H

#include "controller/cli/session.h"

int trees_up(const struct session_options *options, char *const *args, size_t count);
int trees_down(const struct session_options *options, char *const *args, size_t count);
int trees_list(const struct session_options *options, char *const *args, size_t count);

#endif
