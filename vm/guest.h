/*
 * The init of a guest of `bonsai vm`: declarations that the init's files share. The init is linked
 * statically, because it starts alone in the guest's memory, with its configuration in a file
 * beside it. It mounts the host's files below a writable layer in memory, and starts a tree and the
 * program. Then it relays between the program and the host until the program ends.
 */
#ifndef BONSAI_VM_GUEST_H
#define BONSAI_VM_GUEST_H

#include "vm/frame.h"

#include <stdbool.h>

#define GUEST_CONFIG "/guest.conf" /* a file of strings "NAME=VALUE", each ended by a NUL */
#define GUEST_MODULES "/modules"   /* kernel modules, loaded in the order of their names */
#define GUEST_PORT "bonsai"	   /* the virtio port by which QEMU's guests talk to the host */
#define GUEST_ARGS_MAX 4096
#define GUEST_ENV_MAX 64

struct guest_config {
	const char *channel;  /* serial line to the host, as /dev/ttyS0; NULL: the virtio port */
	const char *type;     /* type of the root file system: hostfs or 9p */
	const char *root;     /* source of the root: its path on the host, or its 9p tag */
	const char *share;    /* source of the writable folder, mounted at GUEST_SHARE; or NULL */
	const char *folder;   /* where the program starts; NULL, or not there: in /root, or / */
	const char *programs; /* folder of Bonsai's programs, first in PATH; NULL: none */
	const char *tree;     /* not NULL: start a tree */
	const char *terminal; /* size of the program's terminal, such as 24x80; NULL: no terminal */
	const char *args[GUEST_ARGS_MAX + 1];
	const char *env[GUEST_ENV_MAX + 1];
	size_t args_count, env_count;
};

#define GUEST_SHARE "/share"

/* Tells the host why the guest failed, and ends the guest. */
void __attribute__((noreturn, format(printf, 1, 2))) guest_fail(const char *fmt, ...);

/* Tells the host what the guest does now, as a text for people. */
void guest_stage(const char *text);

/* Sends a frame; blocks until the host has room for it. */
void guest_send(enum frame_type type, const void *body, size_t len);

/*
 * guest_mount_early mounts what the init itself needs, and loads the kernel's modules.
 * guest_mount_root mounts the root file system and the file systems in it. On failure both call
 * guest_fail.
 */
void guest_mount_early(void);
void guest_mount_root(const struct guest_config *config);

/*
 * Opens the channel to the host. `device` NULL: the virtio port. Blocks until the device exists,
 * for at most 30 s. Returns a descriptor or a negative errno.
 */
int guest_open_channel(const char *device);

/*
 * Starts the tree and the program, and relays between the program and the host until the program
 * ends. Returns the program's exit status.
 */
int guest_run(const struct guest_config *config, int channel);

#endif
