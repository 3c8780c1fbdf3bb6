/*
 * Files without a name: the kernel deletes such a file when its last descriptor is closed.
 */
#ifndef BONSAI_BASE_UNNAMED_H
#define BONSAI_BASE_UNNAMED_H

/*
 * Creates an empty file, mode 0600, in the folder that the descriptor `folder` is open on. Returns
 * a descriptor for reading and writing, which the caller owns, or a negative errno. Works also
 * where the file system has no O_TMPFILE, as overlayfs before Linux 6.3.
 */
int unnamed_open(int folder);

#endif
