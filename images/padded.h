/*
 * A tar stream whose last block may be short, as archivers leave it that do not finish what they
 * write (umoci 0.4 does): for libarchive, which takes that for damage, zeros fill the block up, as
 * tar(1) has it. How many there were is known, so that the reader can tell padding that is missing
 * from data that is.
 *
 * Decodes gzip, xz, zstd and bzip2.
 */
#ifndef BONSAI_IMAGES_PADDED_H
#define BONSAI_IMAGES_PADDED_H

#include "base/err.h"

#include <archive.h>
#include <stddef.h>
#include <stdint.h>

#define PADDED_BLOCK_BYTES 512 /* of tar */

struct padded {
	struct archive *source; /* what decodes; owned */
	char *piece;		/* owned */
	uint64_t length;	/* that came out of the source so far */
	size_t added;		/* zeros behind that */
};

/* Reads `fd` from its beginning; it stays the caller's. On failure nothing is to be released. */
int padded_open(struct padded *padded, int fd, struct err *err);

/* Has `archive`, whose formats are chosen, read from it. `padded` outlives that. */
int padded_feed(struct padded *padded, struct archive *archive);

/* Takes a zeroed one. */
void padded_release(struct padded *padded);

#endif
