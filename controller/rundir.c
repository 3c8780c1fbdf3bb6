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

#define DEPTH_MAX 2 /* lxc/n8/config */
#define TREE_PREFIX "tree-"
#define CONTROLLER "controller"
#define LOCK_TRIES 200 /* 10 ms apart: 2 s */
#define TURN_TRIES 50
#define BASES_MAX 2
#define MAKE_TRIES 20

/*
 * Opens a base folder; with `make`, creates it if needed. Refuses a folder that another user owns
 * or may write to, since that user could replace the sockets in it.
 */
static int open_base(const char *path, bool make, struct err *err)
{
	autoclose int fd = -1;
	struct stat st;

	if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
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

/*
 * Locks a folder or file, with up to `tries` attempts. Another process may hold the lock for a
 * moment, while it makes folders, removes stale ones or looks for trees. 0, -EBUSY or another
 * negative errno.
 */
static int lock_within(int fd, int tries)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (int i = 0; i < tries; i++) {
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
		steal_fd(&fd); /* `dir` owns the descriptor now */
	return dir;
}

/*
 * Removes the folder's contents: sockets and files, and folders of containers that a killed spawner
 * of the lxc backend left.
 */
static void empty_folder(int base, const char *name, int depth)
{
	DIR *dir = open_folder(base, name);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    unlinkat(dirfd(dir), entry->d_name, 0) < 0 && depth < DEPTH_MAX) {
			empty_folder(dirfd(dir), entry->d_name, depth + 1);
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
		}
	closedir(dir);
}

/*
 * True when no process holds the exclusive lock. This function takes the shared lock for a moment,
 * which does not disturb other processes that check in the same way.
 */
static bool is_unlocked(int folder, const char *name, int flags)
{
	autoclose int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) == 0;
}

/*
 * Removes all tree folders that no process holds. The caller holds the lock of the base folder, so
 * no other process can be between making a folder and locking it.
 */
static void sweep(int base)
{
	DIR *dir = open_folder(base, ".");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    !is_unlocked(base, entry->d_name, O_RDONLY | O_DIRECTORY))
			continue;
		empty_folder(base, entry->d_name, 0);
		unlinkat(base, entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

static int take_turn(struct rundir *dir, int tries, struct err *err)
{
	autoclose int fd =
	    openat(dir->fd, CONTROLLER, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : lock_within(fd, tries);

	if (r < 0)
		return err_errno(err, r, "lock %s/" CONTROLLER, dir->path);
	/* If the disk is full, the pid is missing in the file, but the lock works. */
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "%d\n", (int)getpid());
	dir->turn = steal_fd(&fd);
	return 0;
}

static int make_path(char path[RUNDIR_PATH_BYTES], const char *base_path, const char *name,
		     struct err *err)
{
	int len = snprintf(path, RUNDIR_PATH_BYTES, "%s/%s", base_path,
			   name ? name : TREE_PREFIX "XXXXXX");

	if (len >= RUNDIR_PATH_BYTES)
		return err_errno(err, -ENAMETOOLONG, "make a folder in %s", base_path);
	if (name ? mkdir(path, 0700) == 0 : mkdtemp(path) != NULL)
		return 0;
	if (errno == EEXIST)
		return err_text(err, -EEXIST, "a tree named %s is there already", name);
	return err_errno(err, errno == ENOENT ? -ESTALE : -errno, "make the folder %s", path);
}

/*
 * Makes the folder of a tree in a base folder. -ESTALE: another process removed the base folder
 * with the last tree in it, while this process waited for the lock of the base folder.
 */
static int make_tree_folder(struct rundir *dir, const char *base_path, const char *name,
			    struct err *err)
{
	autoclose int base = open_base(base_path, true, err);
	struct rundir made = {.fd = -1, .turn = -1};
	int r;

	if (base < 0)
		return base;
	r = lock_within(base, LOCK_TRIES);
	if (r < 0)
		return err_errno(err, r, "lock the folder %s", base_path);
	sweep(base);
	r = make_path(made.path, base_path, name, err);
	if (r < 0)
		return r;
	made.fd = open(made.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = made.fd < 0 ? -errno : lock_within(made.fd, TURN_TRIES);
	r = r < 0 ? err_errno(err, r, "lock the folder %s", made.path)
		  : take_turn(&made, TURN_TRIES, err);
	if (r < 0) {
		rundir_remove(&made);
		return r;
	}
	*dir = made;
	return 0;
}

static int make_in(struct rundir *dir, const char *base_path, const char *name, struct err *err)
{
	int r = -ESTALE;

	for (int i = 0; r == -ESTALE && i < MAKE_TRIES; i++)
		r = make_tree_folder(dir, base_path, name, err);
	return r;
}

/* Lists the base folders for this user's trees, the preferred one first. Returns how many. */
static size_t bases(char base[BASES_MAX][RUNDIR_PATH_BYTES])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	size_t count = 0;

	if (geteuid() == 0)
		strcpy(base[count++], "/run/bonsai");
	else if (runtime && runtime[0] == '/' &&
		 snprintf(base[count], sizeof(base[count]), "%s/bonsai", runtime) <
		     (int)sizeof(base[count]))
		count++;
	snprintf(base[count++], sizeof(base[0]), "/tmp/bonsai-%u", (unsigned)geteuid());
	return count;
}

int rundir_create(struct rundir *dir, const char *name, struct err *err)
{
	char base[BASES_MAX][RUNDIR_PATH_BYTES];
	size_t count = bases(base);
	struct rundir_tree there;
	int r = 0;

	*dir = (struct rundir){.fd = -1, .turn = -1};
	/* A tree of that name may be in another base folder than the one chosen here. */
	rundir_find(name ? name : "", &there);
	if (there.state != RUNDIR_FREE)
		return err_text(err, -EEXIST, "a tree named %s is there already", name);
	for (size_t i = 0; i < count; i++) {
		r = make_in(dir, base[i], name, err);
		if (r == 0 || r == -EEXIST)
			break;
	}
	return r;
}

int rundir_attach(struct rundir *dir, const char *name, struct err *err)
{
	struct rundir attached = {.fd = -1, .turn = -1};
	struct rundir_tree tree;
	int r;

	rundir_find(name, &tree);
	if (tree.state == RUNDIR_FREE)
		return err_text(err, -ENOENT, "no tree named %s is up", name);
	memcpy(attached.path, tree.path, sizeof(attached.path));
	attached.fd = open(tree.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (attached.fd < 0)
		return err_errno(err, -errno, "open the folder %s", tree.path);
	r = take_turn(&attached, TURN_TRIES, err);
	if (r < 0) {
		cleanup_close(&attached.fd);
		return r == -EBUSY
			   ? err_text(err, r, "a controller serves the tree %s already", name)
			   : r;
	}
	*dir = attached;
	return 0;
}

static bool is_base(const char *path)
{
	char base[BASES_MAX][RUNDIR_PATH_BYTES];

	for (size_t i = bases(base); i-- > 0;)
		if (!strcmp(base[i], path))
			return true;
	return false;
}

/*
 * Writes the path of the base folder to `base`. False when `path` has no base folder, is too long,
 * or ends in a name with a leading '.'.
 */
static bool base_of(const char *path, char base[RUNDIR_PATH_BYTES])
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash - path >= RUNDIR_PATH_BYTES || slash[1] == '.')
		return false;
	memcpy(base, path, slash - path);
	base[slash - path] = '\0';
	return true;
}

static void remove_tree_folder(const char *path, const char *base)
{
	empty_folder(AT_FDCWD, path, 0);
	rmdir(path);
	rmdir(base);
}

void rundir_remove_path(const char *path)
{
	char base[RUNDIR_PATH_BYTES];

	/*
	 * The path may come from another process: remove a folder only if it is in a base folder of
	 * this user.
	 */
	if (base_of(path, base) && is_base(base))
		remove_tree_folder(path, base);
}

void rundir_remove(struct rundir *dir)
{
	char base[RUNDIR_PATH_BYTES];

	/*
	 * Do not compare the path with this user's base folders: in the launcher's user namespace
	 * geteuid() may differ.
	 */
	if (dir->path[0] && base_of(dir->path, base))
		remove_tree_folder(dir->path, base);
	rundir_leave(dir);
}

void rundir_leave(struct rundir *dir)
{
	dir->path[0] = '\0';
	cleanup_close(&dir->fd);
	cleanup_close(&dir->turn);
	dir->fd = dir->turn = -1;
}

bool rundir_is_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	size_t len = strlen(name);

	return len >= 1 && len <= RUNDIR_NAME_MAX && strspn(name, letters) == len &&
	       !strchr("._-", name[0]) && strncmp(name, TREE_PREFIX, strlen(TREE_PREFIX));
}

static pid_t read_pid(int folder)
{
	autoclose int fd = openat(folder, CONTROLLER, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[16] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	return atoi(text);
}

/* Looks for a live tree in folder `name` of the base folder. False: there is none. */
static bool look(int base, const char *base_path, const char *name, struct rundir_tree *tree)
{
	autoclose int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || strlen(name) > RUNDIR_NAME_MAX ||
	    is_unlocked(fd, ".", O_RDONLY | O_DIRECTORY))
		return false;
	*tree = (struct rundir_tree){.state = RUNDIR_SERVED};
	if (snprintf(tree->path, sizeof(tree->path), "%s/%s", base_path, name) >=
	    (int)sizeof(tree->path))
		return false;
	strcpy(tree->name, name);
	if (is_unlocked(fd, CONTROLLER, O_RDONLY))
		tree->state = RUNDIR_HELD;
	else
		tree->controller = read_pid(fd);
	return true;
}

void rundir_find(const char *name, struct rundir_tree *tree)
{
	char base[BASES_MAX][RUNDIR_PATH_BYTES];
	size_t count = bases(base);

	for (size_t i = 0; i < count && *name; i++) {
		autoclose int fd = open_base(base[i], false, NULL);

		if (fd >= 0 && look(fd, base[i], name, tree))
			return;
	}
	*tree = (struct rundir_tree){.state = RUNDIR_FREE};
	snprintf(tree->name, sizeof(tree->name), "%s", name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct rundir_tree *)a)->name, ((const struct rundir_tree *)b)->name);
}

static int list_base(const char *base_path, struct rundir_tree **trees, size_t *count)
{
	autoclose int base = open_base(base_path, false, NULL);
	DIR *dir = base < 0 ? NULL : open_folder(base, ".");
	struct rundir_tree tree, *grown;
	struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !look(base, base_path, entry->d_name, &tree))
			continue;
		grown = reallocarray(*trees, *count + 1, sizeof(*grown));
		if (!grown) {
			r = -ENOMEM;
			break;
		}
		*trees = grown;
		grown[(*count)++] = tree;
	}
	if (dir)
		closedir(dir);
	return r;
}

int rundir_list(struct rundir_tree **trees, size_t *count, struct err *err)
{
	char base[BASES_MAX][RUNDIR_PATH_BYTES];
	autofree struct rundir_tree *list = NULL;
	size_t length = 0, all = bases(base);

	for (size_t i = 0; i < all; i++)
		if (list_base(base[i], &list, &length) < 0)
			return err_errno(err, -ENOMEM, "list the trees");
	if (length)
		qsort(list, length, sizeof(*list), by_name);
	*count = length;
	*trees = steal_ptr(&list);
	return 0;
}
