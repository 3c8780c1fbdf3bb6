/*
 * The root of nodes with an image: an overlay of three layers. The lowest layer is a skeleton made
 * by the launcher (mount points, a few files of /etc), for what the image lacks. The middle layer
 * is the image's folder, read-only and shared by all nodes. The top layer is the node's own, in the
 * same tmpfs as its /run and under the same limit. So a node can write everywhere. Other nodes do
 * not see its changes, which end with the node. The image's files belong to the one id of all nodes
 * (ids.h).
 */
#ifndef BONSAI_SANDBOX_OVERLAY_H
#define BONSAI_SANDBOX_OVERLAY_H

#include "base/err.h"

#define OVERLAY_IMAGE "image" /* folders of the two lower layers in the launcher's base */
#define OVERLAY_SKELETON "skeleton"

/*
 * Opens the image's folder as a detached read-only mount. Runs in the launcher, before the base
 * covers a folder of the host. `owner`: the nodes' id in the launcher's user namespace, which must
 * own the image's folder. Returns a descriptor or a negative errno.
 */
int overlay_take_image(const char *path, unsigned int owner, struct err *err);

/*
 * Puts the mount with the descriptor `image`, and the folders of the skeleton, into the base at the
 * path `base`.
 */
int overlay_fill_base(const char *base, int image, struct err *err);

/*
 * Makes `owner` the owner of the skeleton's folders and files. Call it when the files are written.
 */
int overlay_give_skeleton(const char *base, unsigned int owner, struct err *err);

/*
 * Makes the overlay, mounts /proc, /sys, /dev and /run in it, and makes the overlay the root. Runs
 * in a node's init when /proc, /sys, /run and /dev/pts are mounted. Afterwards no path leads to the
 * base.
 */
int overlay_enter(struct err *err);

#endif
