/*
 * Whether a compressed file is whole. Who unpacks an archive stops at its end mark, before the
 * check sums that come after it; and libarchive holds gzip's against nothing at all.
 */
#ifndef BONSAI_IMAGES_WHOLE_H
#define BONSAI_IMAGES_WHOLE_H

#include "base/err.h"

#include <stdint.h>

/*
 * Decodes all of `fd`, from its beginning, and keeps nothing. What is not compressed is taken as it
 * is. -EBADMSG: it is damaged; -EFBIG: more than `most` bytes come out. Blocks.
 */
int whole_check(int fd, uint64_t most, struct err *err);

#endif
