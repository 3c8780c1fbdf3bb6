/*
 * Stopping and letting go on all of a sandbox, its init and whatever runs in it. By
 * signals, from within its PID namespace, for a cgroup to freeze it in is not to be had
 * everywhere.
 */
#ifndef BONSAI_SANDBOX_FREEZE_H
#define BONSAI_SANDBOX_FREEZE_H

#include "base/err.h"

#include <stdbool.h>

/*
 * Stops (`freeze`) or continues all processes of the sandbox whose init `pidfd` names. Takes
 * some milliseconds. -EBUSY: a program in there, of the caller's own id, does not let it happen. On
 * failure some may be stopped, but not the init.
 */
int freeze_sandbox(int pidfd, bool freeze, struct err *err);

#endif
