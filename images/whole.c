#include "images/whole.h"

#include "base/cleanup.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>

#define PIECE_BYTES (64 << 10)

static int damaged(const char *why, struct err *err)
{
	return err_text(err, -EBADMSG, "the archive is damaged: %.150s",
			why ? why : "it makes no sense");
}

static int too_much(uint64_t most, struct err *err)
{
	return err_text(err, -EFBIG, "more than %llu bytes come out of it",
			(unsigned long long)most);
}

/* Returns zlib's error text without its prefix, which names the descriptor. */
static const char *gzip_error(gzFile file)
{
	int code;
	const char *why = gzerror(file, &code), *end = why ? strstr(why, ": ") : NULL;

	return end ? end + 2 : why;
}

/*
 * Decodes a gzip file. Like gzip(1), decodes all gzip members that follow each other, and ignores
 * other data after them.
 */
static int check_gzip(int fd, uint64_t most, struct err *err)
{
	autofree char *piece = malloc(PIECE_BYTES);
	autoclose int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	gzFile file = piece && own >= 0 ? gzdopen(own, "rb") : NULL;
	uint64_t out = 0;
	int n, r = 0, code;

	if (!file)
		return err_errno(err, -ENOMEM, "check an archive");
	steal_fd(&own);
	while ((n = gzread(file, piece, PIECE_BYTES)) > 0 && out <= most)
		out += (uint64_t)n;
	if (out > most)
		r = too_much(most, err);
	else if (n < 0)
		r = damaged(gzip_error(file), err);
	code = gzclose(file);
	return r == 0 && code != Z_OK ? damaged("truncated gzip input", err) : r;
}

static int check_others(struct archive *archive, uint64_t most, struct err *err)
{
	struct archive_entry *entry;
	const void *data;
	la_int64_t offset;
	uint64_t out = 0;
	size_t len;
	int said;

	if (archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return damaged(archive_error_string(archive), err);
	/*
	 * A count of 1 means that the file is not compressed: libarchive counts reading the plain
	 * file as a filter.
	 */
	if (archive_filter_count(archive) == 1)
		return 0;
	while ((said = archive_read_data_block(archive, &data, &len, &offset)) == ARCHIVE_OK)
		if ((out += len) > most)
			return too_much(most, err);
	return said == ARCHIVE_EOF ? 0 : damaged(archive_error_string(archive), err);
}

int whole_check(int fd, uint64_t most, struct err *err)
{
	struct archive *archive;
	char magic[2] = "";
	int r;

	if (pread(fd, magic, sizeof(magic), 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "check an archive");
	if (!memcmp(magic, "\x1f\x8b", sizeof(magic)))
		return check_gzip(fd, most, err);
	archive = archive_read_new();
	if (!archive || archive_read_support_format_raw(archive) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(archive) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(archive) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(archive) != ARCHIVE_OK)
		r = err_errno(err, -ENOMEM, "check an archive");
	else if (archive_read_open_fd(archive, fd, PIECE_BYTES) != ARCHIVE_OK)
		r = damaged(archive_error_string(archive), err);
	else
		r = check_others(archive, most, err);
	archive_read_free(archive);
	return r;
}
