/*
 * Seccomp profiles as container engines have them (JSON of the OCI runtime specification, with
 * what moby adds: archMap, includes, excludes): read strictly, and made into a program for the
 * kernel. What is not understood is refused, never passed over: a member, an action, an operator.
 * But the name of a system call that this libseccomp does not know is passed over, as the engines
 * do.
 *
 * Conditions on capabilities are about those that are given to the tree.
 */
#ifndef BONSAI_CONTROLLER_PROFILE_H
#define BONSAI_CONTROLLER_PROFILE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define PROFILE_UNCONFINED "unconfined" /* no filter at all */
#define PROFILE_BYTES_MAX (1 << 20)

/* Writes the program, an array of struct sock_filter, to `fd`. */
int profile_compile(const char *text, size_t len, uint64_t caps, int fd, struct err *err);

/*
 * The same of a file, into a new descriptor: it is the caller's. PROFILE_UNCONFINED, which is no
 * file's name then, has an empty one.
 */
int profile_open(const char *path, uint64_t caps, struct err *err);

/*
 * Copies the program into the tree's folder, for who enters a node, and for the next controller
 * to know. It goes with the folder.
 */
#define PROFILE_FILE "seccomp"
int profile_keep(int fd, const char *folder, struct err *err);

/* "default", PROFILE_UNCONFINED or "custom", by what was kept there. */
const char *profile_kind(const char *folder);

#endif
