#include "images/sink.h"

#include "base/cleanup.h"
#include "images/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define BENEATH (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS)
#define SHOWN 96 /* bytes of a path that an error shows */

const struct sink_limits sink_default_limits = {
    .bytes = 4ull << 30,
    .entries = 1000000,
    .ratio = 250,
};

static int refuse(struct err *err, int code, const char *path, const char *why)
{
	return err_text(err, code, "%.*s%s: %s", SHOWN, path, strlen(path) > SHOWN ? "…" : "", why);
}

int sink_path(const char *path, char plain[PATH_MAX], struct err *err)
{
	unsigned int depth = 0;
	size_t len = 0;

	if (strlen(path) >= PATH_MAX)
		return refuse(err, -ENAMETOOLONG, path, "a path of more than 4095 bytes");
	plain[0] = '\0';
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2))
			return refuse(err, -EINVAL, path, "it leads out by ..");
		if (n > NAME_MAX)
			return refuse(err, -ENAMETOOLONG, path, "a name of more than 255 bytes");
		if (n && !(n == 1 && *path == '.')) {
			/*
			 * An image may be one folder less deep than WALK_DEPTH_MAX, because walks
			 * also visit the contents of the deepest folder.
			 */
			if (++depth >= WALK_DEPTH_MAX)
				return refuse(err, -ELOOP, plain, "more than 127 folders deep");
			if (len)
				plain[len++] = '/';
			memcpy(plain + len, path, n);
			len += n;
			plain[len] = '\0';
		}
		path += n + (path[n] == '/');
	}
	return 0;
}

static int open_beneath(int root, const char *path)
{
	struct open_how how = {
	    .flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	    .resolve = BENEATH,
	};

	return (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
}

static int give(const struct sink *sink, int dir, const char *name, struct err *err)
{
	if (sink->owner != (uid_t)-1 &&
	    fchownat(dir, name, sink->owner, sink->owner, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
		return err_errno(err, -errno, "give %s away", name);
	return 0;
}

/* Makes the missing folders of `path`. Returns a descriptor of the last folder of `path`. */
static int make_folders(struct sink *sink, const char *path, struct err *err)
{
	autoclose int at = fcntl(sink->root, F_DUPFD_CLOEXEC, 0);
	char name[NAME_MAX + 1];

	while (at >= 0 && *path) {
		size_t n = strcspn(path, "/");

		memcpy(name, path, n);
		name[n] = '\0';
		if (mkdirat(at, name, 0755) == 0) {
			if (++sink->entries > sink->limits.entries)
				return refuse(err, -E2BIG, path, "more entries than are allowed");
			if (give(sink, at, name, err) < 0)
				return err ? err->code : -EIO;
		} else if (errno != EEXIST) {
			break;
		}
		int next = open_beneath(at, name);

		if (next < 0)
			break;
		close(at);
		at = next;
		path += n + (path[n] == '/');
		if (!*path)
			return steal_fd(&at);
	}
	if (at >= 0 && !*path)
		return steal_fd(&at);
	if (errno == ENOTDIR || errno == ELOOP)
		return refuse(err, -ELOOP, path, "its way leads through what is no folder");
	return err_errno(err, -errno, "make the folder %.*s", SHOWN, path);
}

/*
 * Makes `path` plain, points *name to its last name, and opens the folder that holds this name.
 * Makes missing folders. Refuses the root itself, since it has no name.
 */
static int enter(struct sink *sink, const char *path, char plain[PATH_MAX], char **name,
		 struct err *err)
{
	char *slash;
	int fd = sink_path(path, plain, err);

	if (fd < 0)
		return fd;
	if (!*plain)
		return refuse(err, -EINVAL, path, "it would be the root itself");
	slash = strrchr(plain, '/');
	*name = slash ? slash + 1 : plain;
	if (slash)
		*slash = '\0';
	fd = open_beneath(sink->root, slash ? plain : ".");
	if (fd < 0 && errno == ENOENT)
		fd = make_folders(sink, plain, err);
	else if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		fd = refuse(err, -ELOOP, path, "its way leads through what is no folder");
	else if (fd < 0)
		fd = err_errno(err, -errno, "%.*s", SHOWN, path);
	if (slash)
		*slash = '/';
	return fd;
}

static int count(struct sink *sink, const char *path, struct err *err)
{
	if (++sink->entries > sink->limits.entries)
		return refuse(err, -E2BIG, path, "more entries than are allowed");
	return 0;
}

/*
 * Like the function `enter`, but also counts the entry, and removes what an earlier entry made at
 * this path.
 */
static int enter_anew(struct sink *sink, const char *path, char plain[PATH_MAX], char **name,
		      struct err *err)
{
	int r = count(sink, path, err), fd;

	if (r < 0)
		return r;
	fd = enter(sink, path, plain, name, err);
	if (fd >= 0 && (r = walk_remove(fd, *name, err)) < 0) {
		close(fd);
		return r;
	}
	return fd;
}

/*
 * Lets the owner always read, write and search the folder: otherwise nobody could read or remove
 * the image.
 */
static mode_t folder_mode(mode_t mode)
{
	return (mode & 01777) | 0700;
}

int sink_folder(struct sink *sink, const char *path, mode_t mode, struct err *err)
{
	char plain[PATH_MAX], *name = (char *)".";
	autoclose int dir = -1, fd = -1;
	int r = count(sink, path, err);

	if (r == 0)
		r = sink_path(path, plain, err);
	if (r < 0)
		return r;
	dir = *plain ? enter(sink, path, plain, &name, err) : open_beneath(sink->root, ".");
	if (dir < 0)
		return dir;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		r = walk_remove(dir, name, err);
		if (r < 0)
			return r;
		if (mkdirat(dir, name, 0700) < 0)
			return err_errno(err, -errno, "make the folder %.*s", SHOWN, plain);
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return err_errno(err, -errno, "open the folder %.*s", SHOWN, plain);
	r = give(sink, fd, "", err);
	if (r == 0 && fchmod(fd, folder_mode(mode)) < 0)
		r = err_errno(err, -errno, "set the mode of %.*s", SHOWN, plain);
	return r;
}

int sink_symlink(struct sink *sink, const char *path, const char *target, struct err *err)
{
	char plain[PATH_MAX], *name;
	autoclose int dir = enter_anew(sink, path, plain, &name, err);

	if (dir < 0)
		return dir;
	if (symlinkat(target, dir, name) < 0)
		return err_errno(err, -errno, "make the link %.*s", SHOWN, plain);
	return give(sink, dir, name, err);
}

int sink_link(struct sink *sink, const char *path, const char *target, struct err *err)
{
	char plain[PATH_MAX], from[PATH_MAX], *name, *old;
	autoclose int dir = -1, source = -1;
	struct stat st;
	int r = 0;

	source = enter(sink, target, from, &old, err);
	if (source < 0)
		return source;
	if (fstatat(source, old, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return refuse(err, -EINVAL, path, "a hard link to what is no file of the image");
	r = sink_path(path, plain, err);
	if (r < 0 || !strcmp(plain, from))
		return r; /* a hard link from a file to itself: nothing to do */
	dir = enter_anew(sink, path, plain, &name, err);
	if (dir < 0)
		return dir;
	/*
	 * The target is gone if enter_anew removed a folder that contained it: then linkat fails.
	 */
	if (linkat(source, old, dir, name, 0) < 0)
		return err_errno(err, -errno, "link %.*s", SHOWN, plain);
	return 0;
}

int sink_drop(struct sink *sink, const char *path, struct err *err)
{
	sink->dropped++;
	return count(sink, path, err);
}

int sink_begin(struct sink *sink, const char *path, mode_t mode, struct sink_file *file,
	       struct err *err)
{
	char plain[PATH_MAX], *name;
	autoclose int dir = enter_anew(sink, path, plain, &name, err);

	if (dir < 0)
		return dir;
	if (mode & (S_ISUID | S_ISGID))
		sink->stripped++;
	file->end = 0;
	strcpy(file->path, plain);
	file->fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return err_errno(err, -errno, "make %.*s", SHOWN, plain);
	return 0;
}

/* Records that the file now reaches up to `end`, and checks the limits. */
static int grow(struct sink *sink, struct sink_file *file, uint64_t end, struct err *err)
{
	if (end > file->end) {
		if (end > INT64_MAX || end - file->end > sink->limits.bytes - sink->bytes)
			return err_text(err, -EFBIG,
					"%.*s: it makes the image larger than %llu bytes", SHOWN,
					file->path, (unsigned long long)sink->limits.bytes);
		sink->bytes += end - file->end;
		file->end = end;
	}
	if (sink->taken && sink->bytes > SINK_RATIO_FLOOR &&
	    sink->bytes / sink->limits.ratio > sink->taken)
		return err_text(err, -EFBIG, "%.*s: more than %llu bytes come out of each one",
				SHOWN, file->path, (unsigned long long)sink->limits.ratio);
	return 0;
}

int sink_write(struct sink *sink, struct sink_file *file, const void *data, size_t len,
	       uint64_t offset, struct err *err)
{
	int r = offset > INT64_MAX ? err_errno(err, -EFBIG, "write %.*s", SHOWN, file->path)
				   : grow(sink, file, offset + len, err);

	for (size_t done = 0; r == 0 && done < len;) {
		ssize_t n =
		    pwrite(file->fd, (const char *)data + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno != EINTR)
			r = err_errno(err, -errno, "write %.*s", SHOWN, file->path);
		done += n > 0 ? (size_t)n : 0;
	}
	return r;
}

int sink_finish(struct sink *sink, struct sink_file *file, uint64_t size, mode_t mode,
		const struct timespec *mtime, struct err *err)
{
	const struct timespec times[2] = {*mtime, *mtime};
	autoclose int fd = steal_fd(&file->fd);
	int r = grow(sink, file, size, err);

	if (r == 0)
		r = give(sink, fd, "", err);
	if (r < 0)
		return r;
	if (ftruncate(fd, (off_t)file->end) < 0 || fchmod(fd, (mode & 0777) | 0400) < 0)
		return err_errno(err, -errno, "finish %.*s", SHOWN, file->path);
	/* Ignore an error: a file system may be unable to store this time. */
	futimens(fd, times);
	return 0;
}

int sink_remove(struct sink *sink, const char *path, struct err *err)
{
	char plain[PATH_MAX], *name;
	autoclose int dir = enter(sink, path, plain, &name, err);

	return dir < 0 ? dir : walk_remove(dir, name, err);
}

int sink_clear(struct sink *sink, const char *path, struct err *err)
{
	char plain[PATH_MAX], **names = NULL;
	autoclose int fd = -1;
	size_t there = 0;
	int r = sink_path(path, plain, err);

	if (r < 0)
		return r;
	fd = open_beneath(sink->root, plain);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return refuse(err, -ELOOP, path, "its way leads through what is no folder");
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "empty %.*s", SHOWN, plain);
	r = walk_names(fd, &names, &there, err);
	for (size_t i = 0; i < there && r == 0; i++)
		r = walk_remove(fd, names[i], err);
	walk_free(names, there);
	return r;
}
