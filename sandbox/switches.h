/*
 * The kernel's switches that forbid namespaces to ordinary users, whichever of them this
 * kernel has. Only read, never set.
 */
#ifndef BONSAI_SANDBOX_SWITCHES_H
#define BONSAI_SANDBOX_SWITCHES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True when one of them forbids namespaces in the way that unshare(2) told, a negative errno;
 * the command that allows them, "sysctl -w …" or "apparmor_parser -r …", is put into command[size]
 * then. Several may: it is the first of them.
 */
bool switches_mend(int code, char *command, size_t size);

#endif
