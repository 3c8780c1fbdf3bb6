#include "images/padded.h"

#include "base/cleanup.h"

#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#define PIECE_BYTES (64 << 10)

int padded_open(struct padded *padded, int fd, struct err *err)
{
	struct padded made = {.source = archive_read_new(), .piece = malloc(PIECE_BYTES)};
	struct archive_entry *entry;
	int r = 0;

	if (!made.source || !made.piece ||
	    archive_read_support_format_raw(made.source) != ARCHIVE_OK ||
	    archive_read_support_format_empty(made.source) != ARCHIVE_OK ||
	    archive_read_support_filter_gzip(made.source) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(made.source) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(made.source) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(made.source) != ARCHIVE_OK)
		r = err_errno(err, -ENOMEM, "read an archive");
	else if (archive_read_open_fd(made.source, fd, PIECE_BYTES) != ARCHIVE_OK ||
		 archive_read_next_header(made.source, &entry) < ARCHIVE_WARN)
		r = err_text(err, -EBADMSG, "the archive is damaged: %s",
			     archive_error_string(made.source));
	if (r < 0)
		padded_release(&made);
	else
		*padded = made;
	return r;
}

static la_ssize_t read_piece(struct archive *archive, void *own, const void **data)
{
	struct padded *padded = own;
	la_ssize_t n = archive_read_data(padded->source, padded->piece, PIECE_BYTES);
	size_t over = padded->length % PADDED_BLOCK_BYTES;

	*data = padded->piece;
	if (n < 0) {
		archive_set_error(archive, archive_errno(padded->source), "%s",
				  archive_error_string(padded->source));
		return -1;
	}
	padded->length += (uint64_t)n;
	if (n > 0 || padded->added || !over)
		return n;
	padded->added = PADDED_BLOCK_BYTES - over;
	memset(padded->piece, 0, padded->added);
	return (la_ssize_t)padded->added;
}

int padded_feed(struct padded *padded, struct archive *archive)
{
	return archive_read_open(archive, padded, NULL, read_piece, NULL);
}

void padded_release(struct padded *padded)
{
	archive_read_free(padded->source);
	free(padded->piece);
	*padded = (struct padded){0};
}
