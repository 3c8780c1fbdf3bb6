/*
 * Copies a folder into a sink (sink.h): everything below the folder that is on the same file
 * system. Follows no symbolic link.
 */
#ifndef BONSAI_IMAGES_FOLDER_H
#define BONSAI_IMAGES_FOLDER_H

#include "images/sink.h"

/*
 * Copies the contents of the folder `fd`. A mount point below the folder becomes an empty folder.
 * `ours`: the function may change modes in the source to read it. Blocks.
 */
int folder_copy(struct sink *sink, int fd, bool ours, struct err *err);

#endif
