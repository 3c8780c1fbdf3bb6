/* `bonsaid --audit`: prints the results of sandbox/audit.h, one line for each check, or as JSON. */
#ifndef BONSAI_CONTROLLER_AUDIT_H
#define BONSAI_CONTROLLER_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Audits the sandbox whose init `pidfd` refers to. `caps` are the capabilities that its programs
 * were given. Returns the exit status: 0 when every check is in order, else 1.
 */
int audit_print(int pidfd, uint64_t caps, bool json);

#endif
