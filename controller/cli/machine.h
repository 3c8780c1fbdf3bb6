/*
 * `bonsai vm`: runs a tree, and a program or the prompt, in a virtual machine. It needs no
 * controller on the host.
 */
#ifndef BONSAI_CLI_MACHINE_H
#define BONSAI_CLI_MACHINE_H

#include "controller/cli/flags.h"
#include "controller/cli/session.h"

#include <stddef.h>

#define MACHINE_USAGE "[OPTION...] [PROG [ARG...]]"

/*
 * Runs `bonsai vm`. `args` are all words after the name `vm`, options included. Returns bonsai's
 * exit status, or MACHINE_HELP if the operator requests the help.
 */
#define MACHINE_HELP (-1)
int machine_run(const struct session_options *options, char *const *args, size_t count);

extern const struct flags machine_flags;
extern const char machine_details[];

#endif
