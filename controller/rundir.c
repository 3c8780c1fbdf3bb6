#include "controller/rundir.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TREE_PREFIX "tree-"
#define LOCK_TRIES 200 /* 10 ms apart: two seconds */
#define MAKE_TRIES 20

/*
 * Opens the base folder, made if need be. A folder somebody else could write to,
 * or put there in our name, is refused: whoever owns it could swap our sockets.
 */
static int open_base(const char *path, struct err *err)
{
	autoclose int fd = -1;
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_errno(err, -errno, "make the folder %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, -errno, "open the folder %s", path);
	if (fstat(fd, &st) < 0)
		return err_errno(err, -errno, "look at the folder %s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return err_text(err, -EPERM, "the folder %s is not ours alone (mode 0700)", path);
	return steal_fd(&fd);
}

/* Waits, within bounds, for whoever else makes or sweeps folders just now. */
static int lock_base(int fd)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

static DIR *open_folder(int base, const char *name)
{
	autoclose int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		steal_fd(&fd); /* the stream owns it now */
	return dir;
}

/* Removes what lies in the folder: sockets and files, we make nothing else. */
static void empty_folder(int base, const char *name)
{
	DIR *dir = open_folder(base, name);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static bool is_stale(int base, const char *name)
{
	autoclose int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* The base is locked: no folder is between its making and its lock. */
static void sweep(int base)
{
	DIR *dir = open_folder(base, ".");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, TREE_PREFIX, strlen(TREE_PREFIX)) ||
		    !is_stale(base, entry->d_name))
			continue;
		empty_folder(base, entry->d_name);
		unlinkat(base, entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

/* -ESTALE: the base went away with its last tree while we waited for its lock. */
static int make_tree_folder(struct rundir *dir, const char *base_path, struct err *err)
{
	autoclose int base = open_base(base_path, err);
	autoclose int fd = -1;
	char path[RUNDIR_PATH_BYTES];
	int r;

	if (base < 0)
		return base;
	r = lock_base(base);
	if (r < 0)
		return err_errno(err, r, "lock the folder %s", base_path);
	sweep(base);
	r = snprintf(path, sizeof(path), "%s/" TREE_PREFIX "XXXXXX", base_path);
	if (r >= (int)sizeof(path))
		return err_errno(err, -ENAMETOOLONG, "make a folder in %s", base_path);
	if (!mkdtemp(path))
		return err_errno(err, errno == ENOENT ? -ESTALE : -errno, "make a folder in %s",
				 base_path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = err_errno(err, -errno, "lock the folder %s", path);
		rmdir(path);
		return r;
	}
	memcpy(dir->path, path, sizeof(path));
	dir->fd = steal_fd(&fd);
	return 0;
}

static int make_in(struct rundir *dir, const char *base_path, struct err *err)
{
	int r = -ESTALE;

	for (int i = 0; r == -ESTALE && i < MAKE_TRIES; i++)
		r = make_tree_folder(dir, base_path, err);
	return r;
}

int rundir_create(struct rundir *dir, struct err *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char base[RUNDIR_PATH_BYTES];

	*dir = (struct rundir){.fd = -1};
	if (geteuid() == 0 && make_in(dir, "/run/bonsai", err) == 0)
		return 0;
	if (geteuid() != 0 && runtime && runtime[0] == '/' &&
	    snprintf(base, sizeof(base), "%s/bonsai", runtime) < (int)sizeof(base) &&
	    make_in(dir, base, err) == 0)
		return 0;
	snprintf(base, sizeof(base), "/tmp/bonsai-%u", (unsigned)geteuid());
	return make_in(dir, base, err);
}

void rundir_remove_path(const char *path)
{
	char base[RUNDIR_PATH_BYTES];
	const char *slash = strrchr(path, '/');

	/* The path may come from another process: only what we could have made goes. */
	if (!slash || slash == path || slash - path >= (ptrdiff_t)sizeof(base) ||
	    strncmp(slash + 1, TREE_PREFIX, strlen(TREE_PREFIX)))
		return;
	empty_folder(AT_FDCWD, path);
	rmdir(path);
	memcpy(base, path, slash - path);
	base[slash - path] = '\0';
	rmdir(base);
}

void rundir_remove(struct rundir *dir)
{
	if (dir->path[0])
		rundir_remove_path(dir->path);
	dir->path[0] = '\0';
	cleanup_close(&dir->fd);
	dir->fd = -1;
}
