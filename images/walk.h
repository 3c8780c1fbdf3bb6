/*
 * Walks over a tree of untrusted files: uses descriptors, never follows a symbolic link, never
 * enters another file system. An image must not be deeper than WALK_DEPTH_MAX: walk_digest refuses
 * such a tree. walk_remove removes a deeper tree nevertheless.
 */
#ifndef BONSAI_IMAGES_WALK_H
#define BONSAI_IMAGES_WALK_H

#include "base/err.h"
#include "images/sha.h"

#include <stddef.h>

#define WALK_DEPTH_MAX 128
#define WALK_MOVED "new.deep."

/*
 * Lists the names in the folder `dir`, sorted by their octets, without "." and "..". The caller
 * frees *names with walk_free.
 */
int walk_names(int dir, char ***names, size_t *count, struct err *err);
void walk_free(char **names, size_t count);

/*
 * Removes `name` in the folder `dir`: a file, or a folder with everything below it, even if modes
 * deny access to the owner. Moves very deep folders into `dir` first, under names that begin with
 * WALK_MOVED. A missing `name` is no error. Blocks.
 */
int walk_remove(int dir, const char *name, struct err *err);

/*
 * Computes the digest of an image. It covers all entries in order: kind, mode, path, and the target
 * of a link or the digest of a file's contents. Owners and times are not covered. Reads all files;
 * blocks.
 */
int walk_digest(int root, char hex[SHA_HEX_BYTES], struct err *err);

#endif
