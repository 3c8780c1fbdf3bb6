/*
 * Freezes and thaws all processes of a sandbox, its init included. Sends signals from within the
 * sandbox's PID namespace, since not every host has a control group to freeze the sandbox in.
 */
#ifndef BONSAI_SANDBOX_FREEZE_H
#define BONSAI_SANDBOX_FREEZE_H

#include "base/err.h"

#include <stdbool.h>

/*
 * If `freeze`, stops all processes of the sandbox whose init `pidfd` refers to; else continues
 * them. Takes some milliseconds. -EBUSY: a program of the sandbox has the caller's own id, and
 * stops or kills the process that sends the signals. If freezing fails, some processes may be
 * stopped, but not the init.
 */
int freeze_sandbox(int pidfd, bool freeze, struct err *err);

#endif
