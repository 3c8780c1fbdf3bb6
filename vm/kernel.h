/*
 * The kernel that a guest boots: its file, its release, and the modules that the guest's init
 * loads, in an order in which each finds those it needs.
 */
#ifndef BONSAI_VM_KERNEL_H
#define BONSAI_VM_KERNEL_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define KERNEL_RELEASE_BYTES 96

struct kernel {
	char file[PATH_MAX];
	char release[KERNEL_RELEASE_BYTES];
	char folder[PATH_MAX]; /* of its modules */
	char **modules;	       /* paths */
	size_t modules_count;
};

/* What a guest wants of a kernel. */
struct kernel_wish {
	const char *module;
	bool needed; /* without it nothing works; others are for what programs may do */
};

/*
 * Reads the release of kernel->file, which is one for PCs (bzImage) or named vmlinuz-RELEASE.
 * -ENOEXEC: it is none.
 */
int kernel_read_release(struct kernel *kernel, struct err *err);

/* The newest of the host's, in /boot, that may be read; -ENOENT: there is none. */
int kernel_find_newest(struct kernel *kernel, struct err *err);

/*
 * Finds the folder of its modules, of the name of its release: in `beside`, a path from the
 * kernel's own folder, or else in `usual`. False: neither is there; kernel->folder is the second.
 */
bool kernel_find_folder(struct kernel *kernel, const char *beside, const char *usual);

/* Lists the modules of `wishes`, ended by a NULL, with what they depend on. */
int kernel_list_modules(struct kernel *kernel, const struct kernel_wish *wishes, struct err *err);

/* Takes a zeroed one too. */
void kernel_release(struct kernel *kernel);

#endif
