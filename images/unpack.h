/*
 * Archives into a sink (sink.h): tar, plain or compressed by gzip, xz, zstd or bzip2, read by
 * libarchive, which only parses: it makes no file and knows of no folder of ours. Anything else,
 * and a damaged or truncated one, is refused.
 */
#ifndef BONSAI_IMAGES_UNPACK_H
#define BONSAI_IMAGES_UNPACK_H

#include "images/sink.h"

/*
 * Unpacks what `fd` holds from its beginning. `layer`: it is one of an OCI image, whose names
 * .wh.NAME and .wh..wh..opq take away what layers before it have made, and which has been held
 * against its digest; any other is read to its end for its check sums. A layer may lack its end
 * mark, and the padding of its last entry; it is counted then. -EBADMSG: it is no archive, or
 * damaged. Blocks.
 */
int unpack_archive(struct sink *sink, int fd, bool layer, struct err *err);

#endif
