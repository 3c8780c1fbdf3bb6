/*
 * Lines of the input as commands: cut into words, looked up, carried out.
 */
#ifndef BONSAI_CLI_LINE_H
#define BONSAI_CLI_LINE_H

#include "controller/cli/verbs.h"

/* Carries out a line; whatever is wrong with it is answered. */
void line_execute(struct repl *repl, const char *line);

#endif
