/*
 * Checks that a compressed file is whole. A reader of a tar archive stops at the end mark, before
 * the check sums that follow. libarchive does not verify gzip's check sums at all.
 */
#ifndef BONSAI_IMAGES_WHOLE_H
#define BONSAI_IMAGES_WHOLE_H

#include "base/err.h"

#include <stdint.h>

/*
 * Decodes all of `fd` from its beginning, and drops the result. An uncompressed file passes without
 * a check. -EBADMSG: the file is damaged. -EFBIG: more than `most` bytes come out. Blocks.
 */
int whole_check(int fd, uint64_t most, struct err *err);

#endif
