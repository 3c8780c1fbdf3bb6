#include "images/walk.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void walk_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static int add_name(char ***names, size_t *count, const char *name)
{
	/* Double the array whenever the count is a power of two: the array is full then. */
	if (!(*count & (*count - 1))) {
		char **more = realloc(*names, (*count ? 2 * *count : 1) * sizeof(**names));

		if (!more)
			return -ENOMEM;
		*names = more;
	}
	(*names)[*count] = strdup(name);
	if (!(*names)[*count])
		return -ENOMEM;
	++*count;
	return 0;
}

int walk_names(int dir, char ***names, size_t *count, struct err *err)
{
	int fd = openat(dir, ".", OPEN_FOLDER), r = 0;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char **found = NULL;
	size_t there = 0;

	if (!stream) {
		r = err_errno(err, -errno, "read a folder");
		cleanup_close(&fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			r = add_name(&found, &there, entry->d_name);
	if (r == 0)
		r = -errno;
	closedir(stream);
	if (r < 0) {
		walk_free(found, there);
		return err_errno(err, r, "read a folder");
	}
	if (there)
		qsort(found, there, sizeof(*found), compare);
	*names = found;
	*count = there;
	return 0;
}

/*
 * The state of one call of walk_remove. Folders at depth WALK_DEPTH_MAX are moved to the folder
 * `top` and removed there. `moved` counts them.
 */
struct removal {
	int top;
	unsigned int moved;
};

static void moved_name(char name[32], unsigned int number)
{
	snprintf(name, 32, WALK_MOVED "%d.%u", getpid(), number);
}

static int move_up(struct removal *removal, int dir, const char *name, struct err *err)
{
	char to[32];

	for (;;) {
		moved_name(to, removal->moved++);
		if (renameat(dir, name, removal->top, to) == 0)
			return 0;
		if (errno != EEXIST && errno != ENOTEMPTY)
			return err_errno(err, -errno, "remove %s", name);
	}
}

/*
 * Opens a folder for removing its contents, even if its mode denies this to its owner. Fails at a
 * mount point: the file system mounted there must not be removed.
 */
static int open_up(int dir, const char *name)
{
	struct open_how how = {
	    .flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	autoclose int at = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	char path[32];

	if (at < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
	/* Ignore an error of chmod: if the mode still denies access, openat reports the error. */
	chmod(path, 0700);
	return openat(at, ".", OPEN_FOLDER);
}

static int remove_below(struct removal *removal, int dir, const char *name, unsigned int depth,
			struct err *err)
{
	autoclose int fd = -1;
	char **names = NULL;
	size_t count = 0;
	int r;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return err_errno(err, -errno, "remove %s", name);
	fd = open_up(dir, name);
	if (fd < 0)
		return err_errno(err, -errno, "remove %s", name);
	if (depth >= WALK_DEPTH_MAX)
		return move_up(removal, dir, name, err);
	r = walk_names(fd, &names, &count, err);
	for (size_t i = 0; i < count && r == 0; i++)
		r = remove_below(removal, fd, names[i], depth + 1, err);
	walk_free(names, count);
	if (r == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		r = err_errno(err, -errno, "remove %s", name);
	return r;
}

int walk_remove(int dir, const char *name, struct err *err)
{
	struct removal removal = {.top = dir};
	int r = remove_below(&removal, dir, name, 0, err);
	char moved[32];

	for (unsigned int i = 0; i < removal.moved && r == 0; i++) {
		moved_name(moved, i);
		r = remove_below(&removal, dir, moved, 0, err);
	}
	return r;
}
