/*
 * liblxc, which is not linked but opened by dlopen(3) when it is needed. liblxc loads four more
 * libraries. Every `ns` sandbox would carry linked libraries too, as a clone of the launcher. Also,
 * the other backends must work on a host without liblxc.
 */
#ifndef BONSAI_SANDBOX_LXC_LIBRARY_H
#define BONSAI_SANDBOX_LXC_LIBRARY_H

#include "base/err.h"

#include <lxc/lxccontainer.h>

#define LXC_LIBRARY "liblxc.so.1"

struct lxc_library {
	struct lxc_container *(*container_new)(const char *name, const char *path);
	int (*container_put)(struct lxc_container *container);
	int (*log_init)(struct lxc_log *log); /* once per process */
	const char *(*version)(void);
};

/*
 * Opens liblxc for the life of the process. -ELIBACC: liblxc is not installed or lacks a function.
 */
int lxc_library_open(struct lxc_library *library, struct err *err);

#endif
