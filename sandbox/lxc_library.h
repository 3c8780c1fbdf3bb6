/*
 * liblxc, opened when it is needed and not linked: it brings four libraries along, which every
 * `ns` sandbox would carry as well, being cloned from a launcher that has them, and a host
 * without liblxc has the other backends all the same.
 */
#ifndef BONSAI_SANDBOX_LXC_LIBRARY_H
#define BONSAI_SANDBOX_LXC_LIBRARY_H

#include "base/err.h"

#include <lxc/lxccontainer.h>

#define LXC_LIBRARY "liblxc.so.1"

struct lxc_library {
	struct lxc_container *(*container_new)(const char *name, const char *path);
	int (*container_put)(struct lxc_container *container);
	int (*log_init)(struct lxc_log *log); /* once a process */
	const char *(*version)(void);
};

/* Opens it for good. -ELIBACC when it is not installed or lacks something. */
int lxc_library_open(struct lxc_library *library, struct err *err);

#endif
