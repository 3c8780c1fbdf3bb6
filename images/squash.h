/*
 * A squashfs into a sink (sink.h), by way of unsquashfs(1) of squashfs-tools, if it is there: no
 * library of Debian's reads one. It unpacks into a folder of ours that is copied, under our rules,
 * and removed; what it lists is held against the limits before.
 */
#ifndef BONSAI_IMAGES_SQUASH_H
#define BONSAI_IMAGES_SQUASH_H

#include "images/sink.h"

#include <stdbool.h>

/* True if the file begins as a squashfs does. */
bool squash_is(int fd);

/* `scratch`: a folder for what is made on the way. -ENOENT: no unsquashfs here. Blocks, at most 10
 * minutes. */
int squash_unpack(struct sink *sink, int fd, int scratch, struct err *err);

#endif
