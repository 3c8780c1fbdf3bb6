/*
 * What a virtual machine is to be: plain data, which its maker keeps until the machine has ended.
 */
#ifndef BONSAI_VM_SPEC_H
#define BONSAI_VM_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#define VM_MEMORY_MIN_BYTES (128ull << 20)
#define VM_MEMORY_BYTES (512ull << 20) /* when nothing is said */
#define VM_CPUS_MAX 64
#define VM_ENV_MAX 16

struct vm_spec {
	const char *engine;    /* see vm_has_engine; NULL: the best that is there */
	const char *kernel;    /* a file; NULL: the engine's own, or the host's newest */
	uint64_t memory_bytes; /* 0: VM_MEMORY_BYTES */
	unsigned int cpus;     /* 0: 1 */
	const char *root;      /* the folder that becomes the guest's root */
	const char *share;     /* a folder that the guest may write, at /share there; or NULL */
	const char *disk;      /* a file that is a disk of the guest; or NULL */
	const char *folder;    /* where the program starts, if the guest has it; or NULL */
	int console; /* a descriptor, not the machine's, that gets what the kernel says; -1: none */
	const char *guest_init; /* the file of the guest's init */
	const char *programs;	/* the folder of bonsai in the guest; NULL: one of its PATH */
	bool tree;		/* a tree is up before the program starts */
	bool terminal;		/* the program gets a terminal, the other end is the caller's */
	uint16_t rows, columns; /* of it */
	char *const *args;	/* of the program, NULL at the end; none at all: `bonsai` */
	const char *env[VM_ENV_MAX + 1]; /* "NAME=VALUE" for the program, NULL at the end */
	unsigned int timeout_s;		 /* 0: none */
	/*
	 * Called with what the guest does while it boots, and with NULL when its program starts.
	 * Never NULL itself. The guest chooses the text: it may hold control characters.
	 */
	void (*stage)(void *own, const char *text);
	/* How large the caller's terminal is; called after SIGWINCH. */
	void (*size)(uint16_t *rows, uint16_t *columns);
	void *own;
};

#endif
