/*
 * The init of a guest of `bonsai vm`: what its files share. It is alone in the guest's memory at
 * first, linked statically, with its configuration in a file beside it. It mounts the file systems
 * that the host gives it, below a layer in memory, starts a tree and the program, and relays
 * between the program and the host until the program ends.
 */
#ifndef BONSAI_VM_GUEST_H
#define BONSAI_VM_GUEST_H

#include "vm/frame.h"

#include <stdbool.h>

#define GUEST_CONFIG "/guest.conf" /* a file of strings "NAME=VALUE", each ended by a NUL */
#define GUEST_MODULES "/modules"   /* kernel modules, to be loaded in the order of their names */
#define GUEST_PORT "bonsai"	   /* the virtio port by which QEMU's guests talk to the host */
#define GUEST_ARGS_MAX 4096
#define GUEST_ENV_MAX 64

struct guest_config {
	const char *channel;  /* a serial line as /dev/ttyS0; none: the virtio port */
	const char *type;     /* of the root's file system: hostfs or 9p */
	const char *root;     /* the path on the host, or the tag */
	const char *share;    /* the same, of what can be written, at GUEST_SHARE; or NULL */
	const char *folder;   /* where the program starts, if it is there */
	const char *programs; /* the folder of Bonsai's programs; or NULL: those of PATH */
	const char *tree;     /* start one; or NULL */
	const char
	    *terminal; /* the program gets one of so many rows and columns, as 24x80; or NULL */
	const char *args[GUEST_ARGS_MAX + 1];
	const char *env[GUEST_ENV_MAX + 1];
	size_t args_count, env_count;
};

#define GUEST_SHARE "/share"

/* Ends the guest after telling the host why. */
void __attribute__((noreturn, format(printf, 1, 2))) guest_fail(const char *fmt, ...);

/* Tells the host what is done now. */
void guest_stage(const char *text);

/* Sends a frame; blocks until the host has room for it. */
void guest_send(enum frame_type type, const void *body, size_t len);

/* Early: what init itself needs, with the kernel's modules. Late: the root, and what belongs there.
 * Both fail by guest_fail. */
void guest_mount_early(void);
void guest_mount_root(const struct guest_config *config);

/* Opens the channel: blocks until its device is there, at most 30 s. A negative errno: it is not.
 */
int guest_open_channel(const char *device);

/* Starts the tree and the program, and relays until it ends. Returns its exit status. */
int guest_run(const struct guest_config *config, int channel);

#endif
