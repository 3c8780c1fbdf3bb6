/*
 * The specification of a virtual machine: plain data. The caller keeps it unchanged until the
 * machine has ended.
 */
#ifndef BONSAI_VM_SPEC_H
#define BONSAI_VM_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#define VM_MEMORY_MIN_BYTES (128ull << 20)
#define VM_MEMORY_BYTES (512ull << 20) /* default */
#define VM_CPUS_MAX 64
#define VM_ENV_MAX 16

struct vm_spec {
	const char *engine;    /* a name that vm_has_engine knows; NULL: the best available */
	const char *kernel;    /* kernel file; NULL: the engine's own, or the host's newest */
	uint64_t memory_bytes; /* 0: VM_MEMORY_BYTES */
	unsigned int cpus;     /* 0: one processor */
	const char *root;      /* folder on the host that becomes the guest's root */
	const char *share;     /* folder on the host that the guest may write, at /share; or NULL */
	const char *disk;      /* file on the host that becomes a disk of the guest; or NULL */
	const char *folder;    /* the program's working folder, if the guest has it; or NULL */
	int console; /* the caller's descriptor for the kernel's console output; -1: none */
	const char *guest_init; /* file of the guest's init */
	const char *programs;	/* folder of Bonsai's programs in the guest; NULL: search PATH */
	bool tree;		/* start a tree before the program, unless `args` is empty */
	bool terminal;		/* the program gets a terminal, relayed to the caller's terminal */
	uint16_t rows, columns; /* size of the program's terminal */
	char *const *args;	/* program and arguments, NULL at the end; empty: `bonsai` */
	const char *env[VM_ENV_MAX + 1]; /* "NAME=VALUE" for the program, NULL at the end */
	unsigned int timeout_s;		 /* 0: none */
	/*
	 * Called with a text that names each stage of the boot, and with NULL when the program has
	 * started. The pointer `stage` is never NULL. The guest chooses the text, which may hold
	 * control characters.
	 */
	void (*stage)(void *own, const char *text);
	/*
	 * Returns the size of the caller's terminal. Called only if `terminal` is set: when the
	 * program starts, and after SIGWINCH.
	 */
	void (*size)(uint16_t *rows, uint16_t *columns);
	void *own;
};

#endif
