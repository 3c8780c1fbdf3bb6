/*
 * Runs lines of the input as commands: splits a line into words, finds the command and runs it.
 */
#ifndef BONSAI_CLI_LINE_H
#define BONSAI_CLI_LINE_H

#include "controller/cli/verbs.h"

/* Runs a line of the input as a command. Reports every error in the line. */
void line_execute(struct repl *repl, const char *line);

#endif
