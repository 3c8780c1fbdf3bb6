/*
 * Where the entries of an image land, whatever source they come from: one folder, and nothing
 * beside it. Each path is resolved beneath it by the kernel, without following any link
 * (openat2(2)); a later entry takes the place of an earlier one. Kept are folders, regular files,
 * symbolic links as they are (never followed), hard links to files that are there already.
 * Stripped: setuid and setgid bits, owners, extended attributes. Dropped, with a count: devices,
 * fifos, sockets. All else is refused: "..", names of more than 255 bytes, paths of more than 4,095
 * bytes or 128 folders, ways through links, and more than the limits.
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
	uint64_t bytes;	  /* in all files, holes counted */
	uint64_t entries; /* of all kinds, dropped ones too */
	/* So many bytes out of each one in, when more than SINK_RATIO_FLOOR came out. */
	uint64_t ratio;
};

#define SINK_RATIO_FLOOR (64ull << 20)
extern const struct sink_limits sink_default_limits; /* 4 GiB, a million, 250 */

struct sink {
	int root; /* the folder; the owner's */
	struct sink_limits limits;
	uid_t owner; /* of all that lands, as uid and gid; -1: whoever we are */
	uint64_t bytes, entries;
	uint64_t dropped;  /* devices, fifos, sockets */
	uint64_t stripped; /* files that lost setuid, setgid or a capability */
	uint64_t unended;  /* layers whose archive has no end mark */
	uint64_t taken;	   /* bytes that the source has given so far; 0: no ratio to hold */
	uint64_t before;   /* of them, those of archives before this one */
};

/* A regular file that is being written. */
struct sink_file {
	int fd;
	uint64_t end;
	char path[PATH_MAX];
};

/*
 * Makes `path` plain: no leading slash or "./", no doubled slashes. "" is the root itself. -EINVAL
 * for what an image must not hold.
 */
int sink_path(const char *path, char plain[PATH_MAX], struct err *err);

int sink_folder(struct sink *sink, const char *path, mode_t mode, struct err *err);
int sink_symlink(struct sink *sink, const char *path, const char *target, struct err *err);
int sink_link(struct sink *sink, const char *path, const char *target, struct err *err);
int sink_drop(struct sink *sink, const char *path, struct err *err);

/* Begins a file; end it by sink_finish, or close its fd. */
int sink_begin(struct sink *sink, const char *path, mode_t mode, struct sink_file *file,
	       struct err *err);
int sink_write(struct sink *sink, struct sink_file *file, const void *data, size_t len,
	       uint64_t offset, struct err *err);
/* `size`: what it is at least, should it end in a hole. */
int sink_finish(struct sink *sink, struct sink_file *file, uint64_t size, mode_t mode,
		const struct timespec *mtime, struct err *err);

/* Takes away what earlier entries have made: PATH with all below it, or all below it alone. */
int sink_remove(struct sink *sink, const char *path, struct err *err);
int sink_clear(struct sink *sink, const char *path, struct err *err);

#endif
