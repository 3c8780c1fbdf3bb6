/*
 * Unpacks a squashfs into a sink (sink.h) with unsquashfs(1) of squashfs-tools, because Debian has
 * no library that reads squashfs. First checks the list of contents against the limits. Then
 * unsquashfs unpacks into a folder of Bonsai's, which is copied under the rules of the sink, and
 * removed.
 */
#ifndef BONSAI_IMAGES_SQUASH_H
#define BONSAI_IMAGES_SQUASH_H

#include "images/sink.h"

#include <stdbool.h>

/* True if the file begins with the magic number of squashfs. */
bool squash_is(int fd);

/*
 * `scratch` is a folder for temporary files. -ENOENT: unsquashfs is not installed. Blocks;
 * unsquashfs gets at most 10 minutes.
 */
int squash_unpack(struct sink *sink, int fd, int scratch, struct err *err);

#endif
