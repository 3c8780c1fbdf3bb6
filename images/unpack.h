/*
 * Unpacks archives into a sink (sink.h): tar, plain or compressed by gzip, xz, zstd or bzip2.
 * libarchive only parses them: it makes no file and gets no folder of Bonsai. Other formats, and
 * damaged or truncated archives, are refused.
 */
#ifndef BONSAI_IMAGES_UNPACK_H
#define BONSAI_IMAGES_UNPACK_H

#include "images/sink.h"

/*
 * Unpacks the archive `fd` from its beginning.
 *
 * `layer`: the archive is a layer of an OCI image, whose digest the caller has verified. Its names
 * .wh.NAME and .wh..wh..opq remove what earlier layers have made. A layer may lack its end mark and
 * the padding of its last entry; sink->unended counts such layers. Any other archive is read to its
 * end, to verify its check sums.
 *
 * -EBADMSG: `fd` is no archive, or is damaged. Blocks.
 */
int unpack_archive(struct sink *sink, int fd, bool layer, struct err *err);

#endif
