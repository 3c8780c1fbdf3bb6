/* `bonsaid --audit`: prints what sandbox/audit.h finds, a line a check, or as JSON. */
#ifndef BONSAI_CONTROLLER_AUDIT_H
#define BONSAI_CONTROLLER_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

/* Of the sandbox whose init `pidfd` is of, its programs having been given `caps`. The exit status:
 * 0 when all is as promised, else 1. */
int audit_print(int pidfd, uint64_t caps, bool json);

#endif
