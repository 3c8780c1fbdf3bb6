/*
 * The kernel that a guest boots: its file, its release, and its modules. The guest's init loads the
 * modules in the order of the array `modules`: each module comes after the modules that it depends
 * on.
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
	char folder[PATH_MAX]; /* folder of the kernel's modules */
	char **modules;	       /* paths of module files */
	size_t modules_count;
};

/* A module that a guest wants. */
struct kernel_wish {
	const char *module;
	bool needed; /* the guest fails without the module; others are optional for programs */
};

/*
 * Reads the release of kernel->file. The file must be a kernel for PCs (bzImage), or have the name
 * vmlinuz-RELEASE; else -ENOEXEC.
 */
int kernel_read_release(struct kernel *kernel, struct err *err);

/*
 * Finds the newest readable kernel in the host's /boot. -ENOENT: there is no kernel. -EACCES: the
 * caller may read none of them.
 */
int kernel_find_newest(struct kernel *kernel, struct err *err);

/*
 * Finds the folder of the kernel's modules, whose name is the kernel's release. Looks in `beside`,
 * a path relative to the folder of kernel->file, then in `usual`. Returns false if neither has the
 * folder; then kernel->folder is the path in `usual`.
 */
bool kernel_find_folder(struct kernel *kernel, const char *beside, const char *usual);

/*
 * Adds the modules of `wishes` and their dependencies to kernel->modules. A NULL module ends the
 * array `wishes`. -ENOENT: the kernel lacks a needed module.
 */
int kernel_list_modules(struct kernel *kernel, const struct kernel_wish *wishes, struct err *err);

/* Frees what the struct holds. Accepts a zeroed struct. */
void kernel_release(struct kernel *kernel);

#endif
