/* Leaves the full screen to run `bonsai enter ID` in the same terminal, and comes back. */
#ifndef BONSAI_CLI_TOP_ENTER_H
#define BONSAI_CLI_TOP_ENTER_H

#include "controller/cli/session.h"

#include <stdint.h>

/*
 * Runs `bonsai enter` for the node and waits for its end. The caller must have left the screen. If
 * the session ends meanwhile, ends `bonsai enter` too. If the status is not 0, prints the status
 * and waits for Enter, so that the operator can read the output. Returns the status, or 128 + the
 * signal that killed `bonsai enter`.
 */
int top_enter(struct session *session, const char *tree, int64_t node);

#endif
