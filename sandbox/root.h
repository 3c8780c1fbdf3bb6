/*
 * The file system of the nodes, in two parts. The launcher makes the base once: a
 * tmpfs with read-only binds of the host's /usr and a few files of /etc, a /dev of
 * harmless devices, and pivots into it, so that nothing else of the host can be
 * named from there. Each node's mount namespace is a copy: since it belongs to
 * another user namespace the kernel locks every mount in it (MNT_LOCKED: none can be
 * unmounted or made writable, whatever a program gains), and there is no old root to
 * detach. The node then mounts what is its own: /proc, /sys, and a writable /run, into
 * which /tmp, /root, /var/tmp and /dev/shm lead.
 */
#ifndef BONSAI_SANDBOX_ROOT_H
#define BONSAI_SANDBOX_ROOT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct root_spec {
	const char *image;  /* the folder with its files; NULL: nodes have the host's /usr */
	unsigned int owner; /* with an image: the id of all nodes, as the launcher sees it */
};

/* In the launcher, in a mount namespace of its own: makes the base and pivots into it. */
int root_make_base(const struct root_spec *spec, struct err *err);

/* Of a node's /run, beside what its limit of the disk allows: its own /etc/hosts. */
#define ROOT_OWN_BYTES 4096

/* In a node's init, with its PID and network namespaces: each mounts its part. */
int root_mount_proc(struct err *err);
int root_mount_sys(struct err *err);
int root_mount_run(uint64_t bytes, struct err *err); /* so large at most; 0: 64 MiB */
int root_mount_pts(struct err *err);		     /* terminals of its own */

/*
 * Sets the sysctls of the node's network namespace (table in mounts.c). After root_mount_proc,
 * before root_mask_proc. A kernel that has one of them not goes without it.
 */
int root_set_sysctls(struct err *err);

/*
 * Lets the host name `name` resolve: in a file of its own at /run that the base's /etc/hosts leads
 * to, or behind what an image has in its /etc/hosts. An image that takes no such file has none.
 */
int root_add_host(const char *name, bool image, struct err *err);

/* Makes /proc/sys and its like read-only and hides what tells of the host. */
int root_mask_proc(struct err *err);

#endif
