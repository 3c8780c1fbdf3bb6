/* Engines: the programs that run a guest's kernel. Each engine turns a vm_spec into a plan. */
#ifndef BONSAI_VM_ENGINE_H
#define BONSAI_VM_ENGINE_H

#include "vm/kernel.h"
#include "vm/spec.h"

#include <limits.h>

#define ENGINE_ARGS_MAX 64

/* The descriptors that an engine inherits. */
struct engine_fds {
	int channel; /* a stream socket to the caller */
	int console; /* a pipe to the caller for the kernel's console output */
	int initrd;  /* a file without a name: the guest's first file system */
};

/* An engine that was found, and how to run it. */
struct engine_plan {
	const struct engine *engine;
	char title[160]; /* the engine and its kernel, for people to read */
	char program[PATH_MAX];
	struct kernel kernel;
	const char *channel;	  /* the channel's device in the guest; NULL: a virtio port */
	const char *root_type;	  /* type of the root file system in the guest */
	const char *root, *share; /* mount sources in the guest; `share` may be NULL */
	char *args[ENGINE_ARGS_MAX + 1];
	size_t args_count;
	bool kvm;	    /* QEMU uses the processor's support of virtual machines */
	bool wants_scratch; /* the engine needs a scratch folder, which becomes HOME and TMPDIR */
};

struct engine {
	const char *name;
	/*
	 * Finds the engine's program and kernel, and fills the plan except for the arguments.
	 * Returns 0 or a negative errno; `err` then names what is missing, and the package that
	 * brings it.
	 */
	int (*find)(const struct vm_spec *spec, struct engine_plan *plan, struct err *err);
	/* Adds the engine's arguments to the plan. */
	void (*prepare)(const struct vm_spec *spec, const struct engine_fds *fds,
			struct engine_plan *plan);
};

extern const struct engine engine_uml, engine_qemu;

/* Returns the engine of that name, or NULL. */
const struct engine *engine_named(const char *name);

/*
 * True if the processor supports virtual machines, according to a file in the format of
 * /proc/cpuinfo.
 */
bool engine_can_virtualize(const char *cpuinfo);

/*
 * Returns true if QEMU may use KVM. An existing /dev/kvm is not enough: the processor must also
 * support virtualization. If the host is a virtual machine without that, its /dev/kvm may run only
 * guests made for it; other guests hang.
 */
bool engine_has_kvm(void);

/*
 * Adds modules to kernel->modules: first those in `own`, which the engine needs (NULL: none), then
 * those that every guest needs or may use. Errors as kernel_list_modules.
 */
int engine_list_modules(struct kernel *kernel, const struct kernel_wish *own, struct err *err);

/*
 * Finds the engine that the spec names. If it names none, finds the best engine available. Errors
 * as engine.find.
 */
int engine_find(const struct vm_spec *spec, struct engine_plan *plan, struct err *err);

/*
 * Adds an argument to the plan. If memory is short or the plan is full, args_count becomes
 * ENGINE_ARGS_MAX + 1, and engine_check returns -E2BIG.
 */
void engine_add(struct engine_plan *plan, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int engine_check(const struct engine_plan *plan, struct err *err);
void engine_release(struct engine_plan *plan);

/*
 * Finds a program in PATH, then in the usual folders, including those of administrators. Returns
 * false if there is no such program.
 */
bool engine_program(const char *name, char path[PATH_MAX]);

#endif
