#include "sandbox/lxc_library.h"

#include "base/cleanup.h"

#include <dlfcn.h>
#include <errno.h>

int lxc_library_open(struct lxc_library *library, struct err *err)
{
	const struct {
		const char *name;
		void *function; /* pointer to a function pointer; POSIX allows this for dlsym(3) */
	} wanted[] = {
	    {"lxc_container_new", &library->container_new},
	    {"lxc_container_put", &library->container_put},
	    {"lxc_log_init", &library->log_init},
	    {"lxc_get_version", &library->version},
	};
	void *handle = dlopen(LXC_LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return err_text(err, -ELIBACC,
				"the lxc backend needs " LXC_LIBRARY ": %s; see bonsai doctor",
				dlerror());
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		void *found = dlsym(handle, wanted[i].name);

		if (!found)
			return err_text(err, -ELIBACC, LXC_LIBRARY " has no %s", wanted[i].name);
		*(void **)wanted[i].function = found;
	}
	return 0;
}
