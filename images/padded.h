/*
 * Reads a tar stream whose last block may be short: some archivers, such as umoci 0.4, do not pad
 * the last block. libarchive takes a short block for damage, so this code fills the block with
 * zeros, as tar(1) does. The struct counts these zeros, so that its user can tell missing padding
 * from missing data.
 *
 * Decodes gzip, xz, zstd and bzip2.
 */
#ifndef BONSAI_IMAGES_PADDED_H
#define BONSAI_IMAGES_PADDED_H

#include "base/err.h"

#include <archive.h>
#include <stddef.h>
#include <stdint.h>

#define PADDED_BLOCK_BYTES 512 /* block size of tar */

struct padded {
	struct archive *source; /* the decoder; owned */
	char *piece;		/* owned */
	uint64_t length;	/* decoded bytes so far, without the added zeros */
	size_t added;		/* zeros added after the decoded bytes */
};

/*
 * Starts to read `fd` at its current position; the caller keeps `fd`. On failure there is nothing
 * to release.
 */
int padded_open(struct padded *padded, int fd, struct err *err);

/*
 * Makes `archive` read from `padded`. The caller has enabled the archive's formats before. `padded`
 * must outlive `archive`. Returns a status of libarchive.
 */
int padded_feed(struct padded *padded, struct archive *archive);

/* Accepts a zeroed struct. */
void padded_release(struct padded *padded);

#endif
