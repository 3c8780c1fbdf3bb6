/*
 * Walks over a tree of files that somebody else has made: by descriptors, never through a symbolic
 * link, never onto another file system. What lies deeper than WALK_DEPTH_MAX is no part of an
 * image: it is refused, and can be removed all the same.
 */
#ifndef BONSAI_IMAGES_WALK_H
#define BONSAI_IMAGES_WALK_H

#include "base/err.h"
#include "images/sha.h"

#include <stddef.h>

#define WALK_DEPTH_MAX 128
#define WALK_MOVED "new.deep."

/* The names in folder `dir`, sorted by their octets, without . and ..; free each and the array, by
 * walk_free. */
int walk_names(int dir, char ***names, size_t *count, struct err *err);
void walk_free(char **names, size_t count);

/*
 * Removes NAME of `dir`, a file or a folder with all below it, also where folders are closed to
 * their owner. What is deep goes by way of `dir` itself, named WALK_MOVED and numbers. That it is
 * not there is no error. Blocks.
 */
int walk_remove(int dir, const char *name, struct err *err);

/*
 * What makes an image: the digest over its entries in order: kind, mode, path, and the target of a
 * link or the digest of what the file holds. Owners and times are no part of it. Blocks while all
 * of it is read.
 */
int walk_digest(int root, char hex[SHA_HEX_BYTES], struct err *err);

#endif
