/*
 * The seccomp filter of a node, compiled once in the launcher and loaded in each sandbox. The
 * filter first checks the arguments of some calls: no new namespaces by clone(2), no TIOCSTI, no
 * unusual socket families. Then it allows a list of system calls that programs need. Any other call
 * returns ENOSYS, as an older kernel would.
 */
#ifndef BONSAI_SANDBOX_FILTER_H
#define BONSAI_SANDBOX_FILTER_H

#include "base/err.h"

#include <linux/filter.h>

struct filter {
	struct sock_fprog program;
};

/*
 * Compiles the default filter, which then lives as long as the process. A child process compiles
 * it; the call blocks until the child has ended.
 */
int filter_compile(struct filter *filter, struct err *err);

/* Environment variable of a launcher: the number of the descriptor for filter_take. */
#define FILTER_ENV "BONSAI_FILTER_FD"

/*
 * Takes a filter that was made elsewhere: the file `fd` contains an array of struct sock_filter. An
 * empty file means that no call is filtered. Closes `fd`.
 */
int filter_take(struct filter *filter, int fd, struct err *err);

/* For a launcher: takes the filter that FILTER_ENV names, or compiles the default filter. */
int filter_prepare(struct filter *filter, struct err *err);

/* Loads the filter into the calling process, which must have set no_new_privs. */
int filter_load(const struct filter *filter, struct err *err);

#endif
