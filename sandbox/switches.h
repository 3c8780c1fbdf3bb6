/*
 * The sysctls that forbid namespaces to ordinary users, as far as this kernel has them. They are
 * only read, never set.
 */
#ifndef BONSAI_SANDBOX_SWITCHES_H
#define BONSAI_SANDBOX_SWITCHES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True if a sysctl explains the failure `code`, the negative errno of unshare(2). Then puts the
 * command that allows namespaces, "sysctl -w …" or "apparmor_parser -r …", into command[size]. If
 * several sysctls forbid namespaces, the command is for the first.
 */
bool switches_mend(int code, char *command, size_t size);

#endif
