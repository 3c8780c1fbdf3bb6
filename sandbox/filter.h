/*
 * The seccomp filter of a node, compiled once in the launcher and loaded in each
 * sandbox: a list of system calls programs need; anything else answers ENOSYS, as
 * an older kernel would. Before it, calls whose arguments matter: no new namespaces by
 * clone(2), no TIOCSTI, no exotic socket families.
 */
#ifndef BONSAI_SANDBOX_FILTER_H
#define BONSAI_SANDBOX_FILTER_H

#include "base/err.h"

#include <linux/filter.h>

struct filter {
	struct sock_fprog program;
};

/* Compiles; it lives as long as the launcher. */
int filter_compile(struct filter *filter, struct err *err);

/* In the environment of a launcher: the number of the descriptor for filter_take. */
#define FILTER_ENV "BONSAI_FILTER_FD"

/*
 * Takes one that was made elsewhere, an array of struct sock_filter, instead; what is empty
 * filters nothing. Closes `fd`.
 */
int filter_take(struct filter *filter, int fd, struct err *err);

/* In a launcher: the one that it was given, or else ours. */
int filter_prepare(struct filter *filter, struct err *err);

/* Loads it into the calling process, which must have set no_new_privs. */
int filter_load(const struct filter *filter, struct err *err);

#endif
