/*
 * Freezing and thawing all processes of a sandbox, its init included. Uses signals from within the
 * sandbox's PID namespace, since a control group to freeze it in is not available everywhere.
 */
#ifndef BONSAI_SANDBOX_FREEZE_H
#define BONSAI_SANDBOX_FREEZE_H

#include "base/err.h"

#include <stdbool.h>

/*
 * Stops (`freeze`) or continues all processes of the sandbox whose init `pidfd` names. Takes some
 * milliseconds. -EBUSY: a program of the sandbox, with the caller's own id, stops or kills the
 * process that signals. If freezing fails, some processes may be stopped, but not the init.
 */
int freeze_sandbox(int pidfd, bool freeze, struct err *err);

#endif
