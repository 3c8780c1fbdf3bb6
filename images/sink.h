/*
 * The destination of an image's entries, whatever their source: a sink writes below one folder, and
 * nowhere else. The kernel resolves each path beneath this folder and follows no link (openat2(2)).
 * A later entry replaces an earlier one.
 *
 * Kept: folders, regular files, symbolic links (never followed), hard links to files that exist in
 * the image. Stripped: setuid and setgid bits, owners, extended attributes. Dropped and counted:
 * devices, fifos, sockets. Refused: everything else, namely "..", names of more than 255 bytes,
 * paths of more than 4,095 bytes or 127 names, paths that lead through links, and images beyond the
 * limits.
 */
#ifndef BONSAI_IMAGES_SINK_H
#define BONSAI_IMAGES_SINK_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct sink_limits {
	uint64_t bytes;	  /* sum over all files, holes included */
	uint64_t entries; /* entries of all kinds, dropped ones included */
	/*
	 * Most bytes in the image for each byte of the source. Applies when more than
	 * SINK_RATIO_FLOOR bytes are in the image.
	 */
	uint64_t ratio;
};

#define SINK_RATIO_FLOOR (64ull << 20)
extern const struct sink_limits sink_default_limits; /* 4 GiB, 1,000,000 entries, ratio 250 */

struct sink {
	int root; /* the folder to write below; its descriptor belongs to the sink's owner */
	struct sink_limits limits;
	uid_t owner; /* uid and gid of all entries; -1: those of this process */
	uint64_t bytes, entries;
	uint64_t dropped;  /* devices, fifos, sockets */
	uint64_t stripped; /* files that lost setuid, setgid or, in archives, extended attributes */
	uint64_t unended;  /* layers whose archive has no complete end mark */
	uint64_t taken;	   /* bytes read from the source so far; 0: do not check the ratio */
	uint64_t before;   /* the part of `taken` that is from earlier archives */
};

/* A regular file that is being written. */
struct sink_file {
	int fd;
	uint64_t end;
	char path[PATH_MAX];
};

/*
 * Makes `path` plain: without a leading slash, "./" and doubled slashes. "" is the root itself.
 * -EINVAL, -ENAMETOOLONG or -ELOOP: an image must not hold such a path.
 */
int sink_path(const char *path, char plain[PATH_MAX], struct err *err);

int sink_folder(struct sink *sink, const char *path, mode_t mode, struct err *err);
int sink_symlink(struct sink *sink, const char *path, const char *target, struct err *err);
int sink_link(struct sink *sink, const char *path, const char *target, struct err *err);
int sink_drop(struct sink *sink, const char *path, struct err *err);

/* Begins a file. The caller ends the file with sink_finish, or closes file->fd after an error. */
int sink_begin(struct sink *sink, const char *path, mode_t mode, struct sink_file *file,
	       struct err *err);
int sink_write(struct sink *sink, struct sink_file *file, const void *data, size_t len,
	       uint64_t offset, struct err *err);
/*
 * Ends a file, and closes file->fd in any case. Extends the file to at least `size` bytes, because
 * a file may end in a hole.
 */
int sink_finish(struct sink *sink, struct sink_file *file, uint64_t size, mode_t mode,
		const struct timespec *mtime, struct err *err);

/*
 * Remove what earlier entries made: sink_remove removes `path` with everything below it, sink_clear
 * only what is below `path`.
 */
int sink_remove(struct sink *sink, const char *path, struct err *err);
int sink_clear(struct sink *sink, const char *path, struct err *err);

#endif
