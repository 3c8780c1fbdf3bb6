/*
 * The programs that run a guest's kernel: a table of them, and what each makes of a vm_spec.
 */
#ifndef BONSAI_VM_ENGINE_H
#define BONSAI_VM_ENGINE_H

#include "vm/kernel.h"
#include "vm/spec.h"

#include <limits.h>

#define ENGINE_ARGS_MAX 64

/* The descriptors that an engine inherits. */
struct engine_fds {
	int channel; /* a stream socket to the caller */
	int console; /* a pipe to the caller, for what the kernel says */
	int initrd;  /* a file without a name */
};

/* An engine that was found, and how it is run. */
struct engine_plan {
	const struct engine *engine;
	char title[160]; /* as one may read it */
	char program[PATH_MAX];
	struct kernel kernel;
	const char *channel;	  /* the guest's device; NULL: a virtio port */
	const char *root_type;	  /* the file system's type in the guest */
	const char *root, *share; /* its source there; share may be NULL */
	char *args[ENGINE_ARGS_MAX + 1];
	size_t args_count;
	bool wants_scratch; /* it gets a folder of its own, as HOME and TMPDIR */
};

struct engine {
	const char *name;
	/*
	 * Finds its program and its kernel, fills the plan but for the arguments. A negative errno:
	 * `err` says what lacks and the package that brings it.
	 */
	int (*find)(const struct vm_spec *spec, struct engine_plan *plan, struct err *err);
	/* Adds the arguments. */
	void (*prepare)(const struct vm_spec *spec, const struct engine_fds *fds,
			struct engine_plan *plan);
};

extern const struct engine engine_uml, engine_qemu;

/* NULL: there is none of that name. */
const struct engine *engine_named(const char *name);

/* Whether the processor supports virtual machines, by a file as /proc/cpuinfo. */
bool engine_can_virtualize(const char *cpuinfo);

/*
 * Whether QEMU may use that support. A /dev/kvm alone does not say so: where the host is itself a
 * virtual machine, its kernel may have one that runs only guests made for it, and hangs with
 * others.
 */
bool engine_has_kvm(void);

/*
 * Lists the modules that an engine needs for itself (NULL: none), and then those that every guest
 * needs or may use; as kernel_list_modules.
 */
int engine_list_modules(struct kernel *kernel, const struct kernel_wish *own, struct err *err);

/* Finds the one that the spec names, or the best; errors as above. */
int engine_find(const struct vm_spec *spec, struct engine_plan *plan, struct err *err);

/* Adds an argument; out of memory or room, `plan` counts one too many, which engine_check tells. */
void engine_add(struct engine_plan *plan, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int engine_check(const struct engine_plan *plan, struct err *err);
void engine_release(struct engine_plan *plan);

/* Finds a program by PATH, and in the folders of administrators. False: it is not there. */
bool engine_program(const char *name, char path[PATH_MAX]);

#endif
