/*
 * Leaves the full screen to run `bonsai enter ID` in the same terminal, and then returns to the
 * full screen.
 */
#ifndef BONSAI_CLI_TOP_ENTER_H
#define BONSAI_CLI_TOP_ENTER_H

#include "controller/cli/session.h"

#include <stdint.h>

/*
 * Runs `bonsai enter` for the node and waits for its end. The caller must call screen_leave before.
 * If the session ends meanwhile, ends `bonsai enter` too. If the exit status of `bonsai enter` is
 * not 0, prints that status and waits for the Enter key, so that the operator can read the output.
 * Returns the exit status, or 128 + the signal that killed `bonsai enter`.
 */
int top_enter(struct session *session, const char *tree, int64_t node);

#endif
