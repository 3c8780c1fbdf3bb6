#include "images/folder.h"

#include "base/cleanup.h"
#include "images/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE_BYTES (64 << 10)

struct copy {
	struct sink *sink;
	dev_t device;
	struct stat into; /* the sink's root, skipped if it lies below the source */
	bool ours;	  /* the source is Bonsai's: its modes may be changed to read it */
	char path[PATH_MAX];
	char piece[PIECE_BYTES];
};

/*
 * Opens an entry of the source. If the source is Bonsai's, first adds the mode bits `more`, so that
 * the entry can be read whatever its mode is.
 */
static int open_source(const struct copy *copy, int dir, const char *name, int flags, mode_t mode,
		       mode_t more)
{
	if (copy->ours && fchmodat(dir, name, (mode & 07777) | more, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return openat(dir, name, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static int copy_content(struct copy *copy, int from, struct sink_file *file, struct err *err)
{
	uint64_t at = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(from, copy->piece, sizeof(copy->piece))) != 0) {
		if (n < 0)
			return err_errno(err, -errno, "read %.96s", copy->path);
		r = sink_write(copy->sink, file, copy->piece, (size_t)n, at, err);
		at += (uint64_t)n;
	}
	return r;
}

static int copy_file(struct copy *copy, int dir, const char *name, mode_t mode, struct err *err)
{
	/* O_NONBLOCK: if the file has become a fifo meanwhile, the open waits for no writer. */
	autoclose int from = open_source(copy, dir, name, O_NONBLOCK, mode, 0400);
	struct sink_file file;
	struct stat st;
	int r;

	if (from < 0 || fstat(from, &st) < 0)
		return err_errno(err, -errno, "open %.96s", copy->path);
	if (!S_ISREG(st.st_mode))
		return sink_drop(copy->sink, copy->path, err);
	r = sink_begin(copy->sink, copy->path, st.st_mode, &file, err);
	if (r < 0)
		return r;
	r = copy_content(copy, from, &file, err);
	if (r < 0) {
		close(file.fd);
		return r;
	}
	return sink_finish(copy->sink, &file, 0, st.st_mode, &st.st_mtim, err);
}

static int copy_link(struct copy *copy, int dir, const char *name, struct err *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dir, name, target, sizeof(target) - 1);

	if (len < 0)
		return err_errno(err, -errno, "read the link %.96s", copy->path);
	target[len] = '\0';
	return sink_symlink(copy->sink, copy->path, target, err);
}

static int copy_below(struct copy *copy, int dir, size_t len, struct err *err);

static int copy_folder(struct copy *copy, int dir, const char *name, size_t len,
		       const struct stat *st, struct err *err)
{
	autoclose int fd = -1;
	int r = sink_folder(copy->sink, copy->path, st->st_mode, err);

	if (r < 0 || st->st_dev != copy->device ||
	    (st->st_dev == copy->into.st_dev && st->st_ino == copy->into.st_ino))
		return r;
	fd = open_source(copy, dir, name, O_DIRECTORY, st->st_mode, 0500);
	if (fd < 0)
		return err_errno(err, -errno, "open %.96s", copy->path);
	return copy_below(copy, fd, len, err);
}

static int copy_entry(struct copy *copy, int dir, const char *name, size_t len, struct err *err)
{
	size_t more = strlen(name);
	struct stat st;

	if (len + more + 2 > sizeof(copy->path))
		return err_text(err, -ENAMETOOLONG, "a path of more than 4095 bytes: %.96s…",
				copy->path);
	copy->path[len] = '/';
	memcpy(copy->path + len + 1, name, more + 1);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, -errno, "look at %.96s", copy->path);
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(copy, dir, name, st.st_mode, err);
	case S_IFLNK:
		return copy_link(copy, dir, name, err);
	case S_IFDIR:
		return copy_folder(copy, dir, name, len + more + 1, &st, err);
	default:
		return sink_drop(copy->sink, copy->path, err);
	}
}

/* No depth limit here: the sink refuses a path that is too deep (sink_path). */
static int copy_below(struct copy *copy, int dir, size_t len, struct err *err)
{
	char **names = NULL;
	size_t count = 0;
	int r = walk_names(dir, &names, &count, err);

	for (size_t i = 0; i < count && r == 0; i++)
		r = copy_entry(copy, dir, names[i], len, err);
	walk_free(names, count);
	return r;
}

int folder_copy(struct sink *sink, int fd, bool ours, struct err *err)
{
	autofree struct copy *copy = calloc(1, sizeof(*copy));
	struct stat st;

	if (!copy)
		return err_errno(err, -ENOMEM, "copy a folder");
	if (fstat(fd, &st) < 0 || fstat(sink->root, &copy->into) < 0)
		return err_errno(err, -errno, "look at a folder");
	copy->sink = sink;
	copy->ours = ours;
	copy->device = st.st_dev;
	return copy_below(copy, fd, 0, err);
}
