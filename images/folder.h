/* A folder into a sink (sink.h): all below it on the same file system, no link followed. */
#ifndef BONSAI_IMAGES_FOLDER_H
#define BONSAI_IMAGES_FOLDER_H

#include "images/sink.h"

/*
 * Copies what the folder `fd` holds. What is mounted below it stays an empty folder. `ours`: modes
 * in it may be changed to read it. Blocks.
 */
int folder_copy(struct sink *sink, int fd, bool ours, struct err *err);

#endif
