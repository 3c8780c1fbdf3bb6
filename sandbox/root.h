/*
 * The file system of the nodes, in two parts. The launcher makes the base once and pivots into it,
 * so that no path leads to anything else of the host. The base is a tmpfs with read-only binds of
 * the host's /usr, a few files of /etc, and a /dev of harmless devices. The mount namespace of each
 * node is a copy of the base. As the copy belongs to another user namespace, the kernel locks every
 * mount in it (MNT_LOCKED). So no program, whatever privileges it gains, can unmount a mount of the
 * base or make it writable. Also, a node has no old root to detach. The node then mounts its own
 * part: /proc, /sys, and a writable /run. In the base, /tmp, /root, /var/tmp and /dev/shm are links
 * into /run.
 */
#ifndef BONSAI_SANDBOX_ROOT_H
#define BONSAI_SANDBOX_ROOT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct root_spec {
	const char *image; /* the folder with the image's files; NULL: nodes have the host's /usr */
	unsigned int owner; /* with an image: the one id of all nodes, as the launcher numbers it */
};

/* Makes the base and pivots into it. Runs in the launcher, in a mount namespace of its own. */
int root_make_base(const struct root_spec *spec, struct err *err);

/* Bytes that /run has beyond the node's disk limit, for the node's own /etc/hosts. */
#define ROOT_OWN_BYTES 4096

/*
 * Each function mounts one part of a node's file system. Each runs in the node's init, which is
 * already in its own PID and network namespaces.
 */
int root_mount_proc(struct err *err);
int root_mount_sys(struct err *err);
int root_mount_run(uint64_t bytes, struct err *err); /* the size: `bytes`; 0: 64 MiB */
int root_mount_pts(struct err *err);		     /* the node's own terminals */

/*
 * Sets the sysctls of the node's network namespace (table in mounts.c). Call it after
 * root_mount_proc and before root_mask_proc. Skips sysctls that the kernel does not have.
 */
int root_set_sysctls(struct err *err);

/*
 * Makes the host name `name` resolve: adds it to /etc/hosts. In the base /etc/hosts is a link to
 * the node's own file in /run. With an image /etc/hosts is the image's file: if it cannot be
 * written, the name does not resolve, which is no error.
 */
int root_add_host(const char *name, bool image, struct err *err);

/*
 * Makes /proc/sys and similar entries read-only, and hides entries that reveal facts about the
 * host.
 */
int root_mask_proc(struct err *err);

#endif
