/* Leaving the full screen for `bonsai enter ID`, in the same terminal, and coming back. */
#ifndef BONSAI_CLI_TOP_ENTER_H
#define BONSAI_CLI_TOP_ENTER_H

#include "controller/cli/session.h"

#include <stdint.h>

/*
 * Runs it and waits for its end; the screen must have been left. Should the session end
 * meanwhile, so does it. A status that isn't 0 is printed, and Enter waited for, so that
 * it can be read. Returns the status, or 128 + the signal that killed it.
 */
int top_enter(struct session *session, const char *tree, int64_t node);

#endif
