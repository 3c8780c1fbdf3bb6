#include "images/unpack.h"

#include "base/cleanup.h"
#include "images/padded.h"
#include "images/whole.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE_BYTES (64 << 10)
#define ENTRY_BYTES_MAX 8192 /* most archive bytes of an entry besides its content, usually */
#define GONE ".wh."
#define OPAQUE ".wh..wh..opq"

/* A reader of an archive. */
struct reader {
	struct archive *archive;
	struct padded padded; /* used only for a layer: `archive` reads from it */
	bool ended;	      /* the archive was read to its end, and has an end mark */
};

typedef int take_fn(struct sink *sink, struct reader *reader, struct archive_entry *entry,
		    const char *path, struct err *err);

static void reader_release(struct reader *reader)
{
	if (reader->archive)
		archive_read_free(reader->archive);
	padded_release(&reader->padded);
}
#define autoreader __attribute__((cleanup(reader_release)))

/*
 * The formats that may be read, by decoders that are built into libarchive. If libarchive would run
 * an external program for one, its function here returns ARCHIVE_WARN; then open_archive fails.
 */
static int (*const formats[])(struct archive *archive) = {
    archive_read_support_format_tar,   archive_read_support_filter_gzip,
    archive_read_support_filter_xz,    archive_read_support_filter_zstd,
    archive_read_support_filter_bzip2,
};

static int damaged(struct archive *archive, struct err *err)
{
	const char *why = archive_error_string(archive);
	int code = archive_errno(archive);

	return err_text(err, code == ENOMEM ? -ENOMEM : -EBADMSG, "the archive is damaged: %s",
			why ? why : "it makes no sense");
}

static int open_archive(struct reader *reader, int fd, bool layer, struct err *err)
{
	int r = 0;

	reader->archive = archive_read_new();
	if (!reader->archive)
		return err_errno(err, -ENOMEM, "read an archive");
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (formats[i](reader->archive) != ARCHIVE_OK)
			return err_text(err, -ENOSYS, "this libarchive lacks a format: %s",
					archive_error_string(reader->archive));
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "read an archive");
	if (layer)
		r = padded_open(&reader->padded, fd, err);
	if (r < 0)
		return r;
	r = layer ? padded_feed(&reader->padded, reader->archive)
		  : archive_read_open_fd(reader->archive, fd, PIECE_BYTES);
	return r == ARCHIVE_OK ? 0 : damaged(reader->archive, err);
}

/* Returns the bytes read from the file so far, before decoding. */
static uint64_t bytes_taken(const struct reader *reader)
{
	struct archive *source = reader->padded.source ? reader->padded.source : reader->archive;

	return (uint64_t)archive_filter_bytes(source, -1);
}

/*
 * Checks the zeros that struct padded added at the end. They may only replace the padding of the
 * last entry, whose size was `size`. After a sparse entry no zeros may be added.
 */
static int check_padding(const struct reader *reader, uint64_t size, bool sparse, struct err *err)
{
	size_t padding = (PADDED_BLOCK_BYTES - size % PADDED_BLOCK_BYTES) % PADDED_BLOCK_BYTES;

	if (reader->padded.added > (sparse ? 0 : padding))
		return err_text(err, -EBADMSG, "the archive is damaged: it was cut in an entry");
	return 0;
}

/*
 * Returns the entry's path as the archive has it, or in UTF-8 if the locale cannot represent the
 * path.
 */
static const char *path_of(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	return path ? path : archive_entry_pathname_utf8(entry);
}

static const char *target_of(struct archive_entry *entry, bool hard)
{
	const char *path = hard ? archive_entry_hardlink(entry) : archive_entry_symlink(entry);

	if (path)
		return path;
	return hard ? archive_entry_hardlink_utf8(entry) : archive_entry_symlink_utf8(entry);
}

/*
 * Passes each entry of an archive to `take`, and sets reader->ended. If that is false, the archive
 * has no end mark and may have been cut between two entries.
 */
static int each_entry(struct sink *sink, struct reader *reader, take_fn *take, struct err *err)
{
	struct archive *archive = reader->archive;
	struct archive_entry *entry;
	int r = 0, said = ARCHIVE_OK;
	la_int64_t at = 0;
	uint64_t size = 0;
	bool sparse = false;

	while (r == 0 && (said = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
		const char *path = path_of(entry);

		size = archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0;
		sparse = archive_entry_sparse_count(entry) > 0;
		r = path ? take(sink, reader, entry, path, err)
			 : err_text(err, -EBADMSG, "the archive has an entry without a name");
		if (r == 0 && archive_read_data_skip(archive) < ARCHIVE_WARN)
			r = damaged(archive, err);
		at = archive_filter_bytes(archive, 0);
	}
	if (r == 0 && said != ARCHIVE_EOF)
		r = damaged(archive, err);
	if (r == 0)
		r = check_padding(reader, size, sparse, err);
	reader->ended = r == 0 && archive_filter_bytes(archive, 0) > at;
	return r;
}

static int take_content(struct sink *sink, struct reader *reader, struct sink_file *file,
			struct err *err)
{
	struct archive *archive = reader->archive;
	const void *data;
	la_int64_t offset;
	size_t len;
	int said, r = 0;

	while (r == 0 &&
	       (said = archive_read_data_block(archive, &data, &len, &offset)) != ARCHIVE_EOF) {
		if (said != ARCHIVE_OK)
			return damaged(archive, err);
		sink->taken = sink->before + bytes_taken(reader);
		r = offset < 0 ? err_text(err, -EBADMSG, "the archive has a piece before its file")
			       : sink_write(sink, file, data, len, (uint64_t)offset, err);
	}
	return r;
}

static int take_file(struct sink *sink, struct reader *reader, struct archive_entry *entry,
		     const char *path, struct err *err)
{
	struct timespec mtime = {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
	mode_t mode = archive_entry_perm(entry);
	la_int64_t size = archive_entry_size(entry);
	struct sink_file file;
	int r = sink_begin(sink, path, mode, &file, err);

	if (r < 0)
		return r;
	if (archive_entry_xattr_count(entry) && !(mode & (S_ISUID | S_ISGID)))
		sink->stripped++;
	r = take_content(sink, reader, &file, err);
	if (r < 0) {
		close(file.fd);
		return r;
	}
	return sink_finish(sink, &file, size > 0 ? (uint64_t)size : 0, mode, &mtime, err);
}

static int take_entry(struct sink *sink, struct reader *reader, struct archive_entry *entry,
		      const char *path, struct err *err)
{
	const char *target = target_of(entry, true);

	if (target)
		return sink_link(sink, path, target, err);
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return take_file(sink, reader, entry, path, err);
	case AE_IFDIR:
		return sink_folder(sink, path, archive_entry_perm(entry), err);
	case AE_IFLNK:
		target = target_of(entry, false);
		if (target)
			return sink_symlink(sink, path, target, err);
		return err_text(err, -EBADMSG, "the archive has a link to nowhere");
	default:
		return sink_drop(sink, path, err);
	}
}

/* --- layers of an OCI image --- */

/* If the last name of a path marks a whiteout, returns this name, else NULL. */
static char *whiteout(char plain[PATH_MAX])
{
	char *slash = strrchr(plain, '/'), *name = slash ? slash + 1 : plain;

	return strncmp(name, GONE, strlen(GONE)) ? NULL : name;
}

static int take_whiteout(struct sink *sink, struct reader *reader, struct archive_entry *entry,
			 const char *path, struct err *err)
{
	char plain[PATH_MAX], *name;
	int r = sink_path(path, plain, err);

	(void)reader;
	/*
	 * Check the size already here, to refuse a decompression bomb: the search for whiteouts
	 * decodes the whole layer.
	 */
	if (r == 0 && archive_entry_size(entry) > 0 &&
	    (uint64_t)archive_entry_size(entry) > sink->limits.bytes)
		return err_text(err, -EFBIG, "%.96s: it makes the image larger than %llu bytes",
				path, (unsigned long long)sink->limits.bytes);
	if (r < 0 || !(name = whiteout(plain)))
		return r;
	if (!strcmp(name, OPAQUE)) {
		*name = '\0';
		return sink_clear(sink, plain, err);
	}
	if (!strncmp(name, ".wh..wh.", 8))
		return 0; /* internal files of aufs */
	memmove(name, name + strlen(GONE), strlen(name + strlen(GONE)) + 1);
	/*
	 * Refuse the names ".wh.", ".wh.." and ".wh...": such a whiteout would remove its own
	 * folder or that folder's parent.
	 */
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return err_text(err, -EINVAL, "a layer takes away what has no name");
	return sink_remove(sink, plain, err);
}

static int take_layer_entry(struct sink *sink, struct reader *reader, struct archive_entry *entry,
			    const char *path, struct err *err)
{
	char plain[PATH_MAX];
	int r = sink_path(path, plain, err);

	if (r < 0 || whiteout(plain))
		return r;
	return take_entry(sink, reader, entry, path, err);
}

/* Checks the end mark and the check sums of an archive that has no verified digest. */
static int check(const struct sink *sink, int fd, bool ended, struct err *err)
{
	if (!ended)
		return err_text(err, -EBADMSG, "the archive is damaged: it has no end");
	return whole_check(fd, sink->limits.bytes + sink->limits.entries * ENTRY_BYTES_MAX, err);
}

static int read_with(struct sink *sink, int fd, bool layer, take_fn *take, bool *ended,
		     struct err *err)
{
	autoreader struct reader reader = {0};
	int r = open_archive(&reader, fd, layer, err);

	if (r == 0)
		r = each_entry(sink, &reader, take, err);
	*ended = reader.ended && !reader.padded.added;
	return r;
}

int unpack_archive(struct sink *sink, int fd, bool layer, struct err *err)
{
	bool ended;
	int r = 0;

	/*
	 * Apply the whiteouts of a layer in a pass of their own, first: wherever they stand in the
	 * layer, they only remove entries of earlier layers.
	 */
	if (layer)
		r = read_with(sink, fd, true, take_whiteout, &ended, err);
	if (r == 0)
		r = read_with(sink, fd, layer, layer ? take_layer_entry : take_entry, &ended, err);
	if (r == 0 && !layer)
		r = check(sink, fd, ended, err);
	if (r == 0 && layer && !ended)
		sink->unended++;
	sink->before = sink->taken;
	return r;
}
