/* `bonsaid --audit`: prints what sandbox/audit.h finds, a line a check, or as JSON. */
#ifndef BONSAI_CONTROLLER_AUDIT_H
#define BONSAI_CONTROLLER_AUDIT_H

#include <stdbool.h>

/* Of the sandbox whose init `pidfd` is of. The exit status: 0 when all is as promised, else 1. */
int audit_print(int pidfd, bool json);

#endif
