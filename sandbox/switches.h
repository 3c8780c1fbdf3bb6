/*
 * The sysctls that forbid namespaces to ordinary users, as far as this kernel has them. They are
 * only read, never set.
 */
#ifndef BONSAI_SANDBOX_SWITCHES_H
#define BONSAI_SANDBOX_SWITCHES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True if a sysctl forbids namespaces in the way that `code` tells, the negative errno of
 * unshare(2). Then puts the command that allows them, "sysctl -w …" or "apparmor_parser -r …", into
 * command[size]. If several sysctls forbid, the command is for the first.
 */
bool switches_mend(int code, char *command, size_t size);

#endif
