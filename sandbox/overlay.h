/*
 * The root of nodes that have an image: an overlay of three layers. Lowest a skeleton that the
 * launcher makes (mount points, a few files of /etc) for what the image lacks; then the image's
 * folder, read-only and shared by all; on top the node's own, in the same memory as its /run, and
 * with the same limit: so all of it may be written, nothing is shared, and it ends with the node.
 * Files of the image belong to the nodes' one id (ids.h).
 */
#ifndef BONSAI_SANDBOX_OVERLAY_H
#define BONSAI_SANDBOX_OVERLAY_H

#include "base/err.h"

#define OVERLAY_IMAGE "image" /* where they are in the launcher's base */
#define OVERLAY_SKELETON "skeleton"

/*
 * In the launcher, before the base covers anything: a detached read-only mount of the image's
 * folder, whose owner is `owner`, the nodes' id as seen here. Returns its descriptor or a negative
 * errno.
 */
int overlay_take_image(const char *path, unsigned int owner, struct err *err);

/* Puts it, and the skeleton's folders, into the base at `base`. */
int overlay_fill_base(const char *base, int image, struct err *err);

/* Gives all of the skeleton to the nodes. Its files are there by then. */
int overlay_give_skeleton(const char *base, unsigned int owner, struct err *err);

/*
 * In a node's init, when /proc, /sys, /run and /dev/pts are mounted: makes the overlay, brings them
 * and /dev over, and makes it the root; nothing of the base can be named from there.
 */
int overlay_enter(struct err *err);

#endif
