/*
 * Seccomp profiles as container engines use them: JSON of the OCI runtime specification, with
 * moby's additions archMap, includes and excludes. A profile is read strictly and compiled to a
 * program for the kernel. A member, an action or an operator that is not known is an error, and is
 * never ignored. As in the engines, the name of a system call that this libseccomp does not know is
 * ignored.
 *
 * Conditions on capabilities refer to the capabilities that are given to the tree.
 */
#ifndef BONSAI_CONTROLLER_PROFILE_H
#define BONSAI_CONTROLLER_PROFILE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define PROFILE_UNCONFINED "unconfined" /* no filter at all */
#define PROFILE_BYTES_MAX (1 << 20)

/* Compiles a profile and writes the program, an array of struct sock_filter, to `fd`. */
int profile_compile(const char *text, size_t len, uint64_t caps, int fd, struct err *err);

/*
 * As profile_compile, from a file into a new descriptor, which the caller closes. For
 * PROFILE_UNCONFINED, which then is no file's name, the descriptor's file is empty.
 */
int profile_open(const char *path, uint64_t caps, struct err *err);

/*
 * Copies the compiled program into the tree's folder, for programs that enter a node, and for the
 * next controller. The copy is removed with the folder.
 */
#define PROFILE_FILE "seccomp"
int profile_keep(int fd, const char *folder, struct err *err);

/* Returns "default", PROFILE_UNCONFINED or "custom", by what profile_keep left in the folder. */
const char *profile_kind(const char *folder);

#endif
