#include "images/store.h"

#include "base/cleanup.h"
#include "images/sha.h"
#include "images/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#define ABOUT_MAX_BYTES (64 << 10)
#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define TARGET "../sha256/"
#define NEW "new."

bool store_is_name(const char *name)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(name);

	return len > 0 && len <= STORE_NAME_MAX && strspn(name, letters) == len &&
	       !strchr("._-", *name);
}

static int find_place(char path[PATH_MAX], struct err *err)
{
	const char *told = getenv("BONSAI_IMAGES"), *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	int len;

	if (told && *told)
		len = snprintf(path, PATH_MAX, "%s", told);
	else if (geteuid() == 0)
		len = snprintf(path, PATH_MAX, "/var/lib/bonsai/images");
	else if (data && *data)
		len = snprintf(path, PATH_MAX, "%s/bonsai/images", data);
	else
		len = snprintf(path, PATH_MAX, "%s/.local/share/bonsai/images", home ? home : "");
	if (len >= PATH_MAX - 128)
		return err_errno(err, -ENAMETOOLONG, "the folder of images");
	if (*path != '/')
		return err_text(err, -EINVAL,
				"the folder of images is no absolute path: %.100s (BONSAI_IMAGES)",
				path);
	return 0;
}

/*
 * Makes the store's folder: missing ancestors with mode 0755, the last folder for its owner alone.
 */
static int make_place(char path[PATH_MAX], struct err *err)
{
	int r;

	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		r = mkdir(path, 0755) < 0 ? -errno : 0;
		if (r < 0 && r != -EEXIST && access(path, F_OK) < 0)
			return err_errno(err, r, "make %s", path);
		*at = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_errno(err, -errno, "make %s", path);
	return 0;
}

int store_open(struct store *store, bool make, struct err *err)
{
	autoclose int fd = -1;
	struct stat st;
	int r = find_place(store->path, err);

	if (r == 0 && make)
		r = make_place(store->path, err);
	if (r < 0)
		return r;
	/*
	 * Follow a symbolic link here: the user may link the store's folder to a file system with
	 * more room.
	 */
	fd = open(store->path, FOLDER & ~O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, -errno, "open the folder of images, %s", store->path);
	/*
	 * Refuse a folder that another user owns or may write: that user could put any program into
	 * the nodes.
	 */
	if (st.st_uid != geteuid() || st.st_mode & 022)
		return err_text(err, -EPERM, "the folder of images, %s, is not ours alone",
				store->path);
	if (make && ((mkdirat(fd, "sha256", 0700) < 0 && errno != EEXIST) ||
		     (mkdirat(fd, "names", 0700) < 0 && errno != EEXIST)))
		return err_errno(err, -errno, "make the folder of images");
	store->fd = steal_fd(&fd);
	return 0;
}

void store_close(struct store *store)
{
	cleanup_close(&store->fd);
	store->fd = -1;
}

/*
 * Locks the store. Returns a descriptor that holds the lock. Blocks while another process holds the
 * lock, which takes moments only.
 */
static int take_lock(const struct store *store, struct err *err)
{
	autoclose int fd =
	    openat(store->fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	while (fd >= 0 && flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_errno(err, -errno, "lock the images");
	if (fd < 0)
		return err_errno(err, -errno, "lock the images");
	return steal_fd(&fd);
}

/*
 * Reads the digest of the image `name`. -ENOENT: there is no such name. -EINVAL: the name's link
 * does not point into the store.
 */
static int read_name(const struct store *store, const char *name, struct store_image *image)
{
	char path[STORE_NAME_MAX + 16], target[sizeof(TARGET) + STORE_DIGEST_BYTES];
	ssize_t len;

	if (!store_is_name(name))
		return -ENOENT;
	snprintf(path, sizeof(path), "names/%s", name);
	len = readlinkat(store->fd, path, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	if (strncmp(target, TARGET, strlen(TARGET)) || !sha_is_hex(target + strlen(TARGET)))
		return -EINVAL;
	snprintf(image->name, sizeof(image->name), "%s", name);
	memcpy(image->digest, target + strlen(TARGET), STORE_DIGEST_BYTES);
	return 0;
}

int store_find(const struct store *store, const char *name, struct store_image *image,
	       struct err *err)
{
	struct store_image found = {0};
	int r = read_name(store, name, &found);

	if (r == -ENOENT)
		return err_text(err, r, "there is no image %.64s in %s", name, store->path);
	if (r < 0)
		return err_errno(err, r, "read the name of the image %.64s", name);
	*image = found;
	return 0;
}

/* The path of an image's folder in the store, with `below` appended. */
static void content_path(char path[96], const char *digest, const char *below)
{
	snprintf(path, 96, "sha256/%.64s%s", digest, below);
}

int store_hold(const struct store *store, const char *name, char path[PATH_MAX], struct err *err)
{
	autoclose int lock = take_lock(store, err), fd = -1;
	struct store_image image;
	char below[96];
	int r = lock < 0 ? lock : store_find(store, name, &image, err);

	if (r < 0)
		return r;
	content_path(below, image.digest, "");
	fd = openat(store->fd, below, FOLDER);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0)
		return err_errno(err, -errno, "hold the image %s", name);
	snprintf(path, PATH_MAX, "%.*s/sha256/%s/root", PATH_MAX - 96, store->path, image.digest);
	return steal_fd(&fd);
}

int store_list(const struct store *store, struct store_image **images, size_t *count,
	       struct err *err)
{
	autofree struct store_image *found = NULL;
	autoclose int fd = openat(store->fd, "names", FOLDER);
	size_t there = 0, kept = 0;
	char **names = NULL;
	int r = fd < 0 ? err_errno(err, -errno, "list the images")
		       : walk_names(fd, &names, &there, err);

	if (r < 0)
		return r;
	found = calloc(there + 1, sizeof(*found));
	for (size_t i = 0; found && i < there; i++)
		kept += read_name(store, names[i], &found[kept]) == 0;
	walk_free(names, there);
	if (!found)
		return err_errno(err, -ENOMEM, "list the images");
	*images = steal_ptr(&found);
	*count = kept;
	return 0;
}

int store_about(const struct store *store, const struct store_image *image, char **about,
		struct err *err)
{
	autofree char *text = calloc(1, ABOUT_MAX_BYTES);
	autoclose int fd = -1;
	char path[96];

	content_path(path, image->digest, "/about.json");
	fd = openat(store->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (!text || fd < 0 || read(fd, text, ABOUT_MAX_BYTES - 1) < 0)
		return err_errno(err, -errno, "read about the image %s", image->name);
	text[strcspn(text, "\n")] = '\0';
	*about = steal_ptr(&text);
	return 0;
}

/* --- making an image --- */

/*
 * Opens and locks a folder of the store. Returns a descriptor, or -1 if the folder cannot be opened
 * or its lock is held.
 */
static int open_free(const struct store *store, const char *path)
{
	autoclose int fd = openat(store->fd, path, FOLDER);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? steal_fd(&fd) : -1;
}

/*
 * Removes an image. Renames its folder first, so that nobody ever finds half an image under its
 * digest.
 */
static int drop_content(const struct store *store, const char *digest, struct err *err)
{
	char path[96], gone[96];

	content_path(path, digest, "");
	snprintf(gone, sizeof(gone), NEW "%.64s", digest);
	if (renameat(store->fd, path, store->fd, gone) < 0)
		return err_errno(err, -errno, "take what was an image out of its place");
	return walk_remove(store->fd, gone, err);
}

/* Returns true if a name other than `but` leads to the image's content. `but` may be NULL. */
static bool has_name(const struct store *store, const char *digest, const char *but)
{
	autofree struct store_image *images = NULL;
	bool found = false;
	size_t count = 0;

	/* If the names cannot be read, assume that a name leads to the content. */
	if (store_list(store, &images, &count, NULL) < 0)
		return true;
	for (size_t i = 0; i < count; i++)
		found = found || (!strcmp(images[i].digest, digest) &&
				  (!but || strcmp(images[i].name, but)));
	return found;
}

static void sweep_new(const struct store *store, const char *name)
{
	autoclose int fd = strncmp(name, NEW, strlen(NEW)) ? -1 : open_free(store, name);

	if (fd >= 0)
		walk_remove(store->fd, name, NULL);
}

static void sweep_content(const struct store *store, const char *digest)
{
	autoclose int fd = -1;
	char path[96];

	if (!sha_is_hex(digest) || has_name(store, digest, NULL))
		return;
	content_path(path, digest, "");
	fd = open_free(store, path);
	if (fd >= 0)
		drop_content(store, digest, NULL);
}

static void sweep_each(const struct store *store, const char *folder,
		       void (*sweep_one)(const struct store *store, const char *name))
{
	autoclose int fd = openat(store->fd, folder, FOLDER);
	char **names = NULL;
	size_t count = 0;

	if (fd < 0 || walk_names(fd, &names, &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		sweep_one(store, names[i]);
	walk_free(names, count);
}

/* Removes new.* folders, and contents without a name, unless a process holds their lock. */
static void sweep(const struct store *store)
{
	sweep_each(store, ".", sweep_new);
	sweep_each(store, "sha256", sweep_content);
}

void store_sweep(const struct store *store)
{
	autoclose int lock = take_lock(store, NULL);

	if (lock >= 0)
		sweep(store);
}

int store_begin(const struct store *store, struct store_new *made, struct err *err)
{
	/*
	 * Lock the store, so that no other process sweeps the new folder away before this process
	 * has locked the folder.
	 */
	autoclose int lock = take_lock(store, err), fd = -1, root = -1;
	unsigned int number;
	char name[16];

	if (lock < 0)
		return lock;
	sweep(store);
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return err_errno(err, -errno, "name a new image");
	snprintf(name, sizeof(name), NEW "%08x", number);
	if (mkdirat(store->fd, name, 0700) < 0)
		return err_errno(err, -errno, "make the folder of a new image");
	fd = openat(store->fd, name, FOLDER);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && mkdirat(fd, "root", 0755) == 0)
		root = openat(fd, "root", FOLDER);
	if (root < 0) {
		int r = err_errno(err, -errno, "make the folder of a new image");

		walk_remove(store->fd, name, NULL);
		return r;
	}
	memcpy(made->name, name, sizeof(name));
	made->fd = steal_fd(&fd);
	made->root = steal_fd(&root);
	return 0;
}

static int write_about(const struct store_new *made, const char *about, struct err *err)
{
	autoclose int fd =
	    openat(made->fd, "about.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t len = strlen(about);

	if (fd < 0 || write(fd, about, len) != (ssize_t)len || write(fd, "\n", 1) != 1)
		return err_errno(err, -errno, "write about the image");
	return 0;
}

static int put_name(const struct store *store, const char *name, const char *digest,
		    struct err *err)
{
	char target[sizeof(TARGET) + STORE_DIGEST_BYTES], path[STORE_NAME_MAX + 16];

	snprintf(target, sizeof(target), TARGET "%.64s", digest);
	snprintf(path, sizeof(path), "names/%s", name);
	if (symlinkat(target, store->fd, path) < 0)
		return err_errno(err, -errno, "name the image %s", name);
	return 0;
}

/*
 * Moves the new image to its place. Writes the image's files to disk first: after a power failure,
 * no name leads to half an image.
 */
static int put_content(const struct store *store, struct store_new *made, const char *digest,
		       struct err *err)
{
	char path[96];

	content_path(path, digest, "");
	if (faccessat(store->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		store_abort(store, made);
		return 0;
	}
	if (syncfs(made->fd) < 0 || renameat(store->fd, made->name, store->fd, path) < 0)
		return err_errno(err, -errno, "put the image in its place");
	made->name[0] = '\0';
	store_abort(store, made);
	return 0;
}

int store_commit(const struct store *store, struct store_new *made, const char *name,
		 const char *digest, const char *about, struct err *err)
{
	autoclose int lock = take_lock(store, err);
	struct store_image other;
	int r = lock < 0 ? lock : write_about(made, about, err);

	if (r == 0 && read_name(store, name, &other) != -ENOENT)
		r = err_text(err, -EEXIST,
			     "the image %s is there already; take it away by: bonsai image rm %s",
			     name, name);
	if (r == 0)
		r = put_content(store, made, digest, err);
	if (r == 0 && (r = put_name(store, name, digest, err)) < 0)
		sweep(store);
	return r;
}

void store_abort(const struct store *store, struct store_new *made)
{
	if (*made->name)
		walk_remove(store->fd, made->name, NULL);
	made->name[0] = '\0';
	cleanup_close(&made->root);
	cleanup_close(&made->fd);
	made->root = made->fd = -1;
}

int store_remove(const struct store *store, const char *name, struct err *err)
{
	autoclose int lock = take_lock(store, err), fd = -1;
	char content[96], path[STORE_NAME_MAX + 16];
	struct store_image image;
	int r = lock < 0 ? lock : store_find(store, name, &image, err);
	bool last;

	if (r < 0)
		return r;
	sweep(store);
	last = !has_name(store, image.digest, name);
	content_path(content, image.digest, "");
	fd = openat(store->fd, content, FOLDER);
	if (last && fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_text(err, -EBUSY, "the image %s is in use by a tree", name);
	snprintf(path, sizeof(path), "names/%s", name);
	if (unlinkat(store->fd, path, 0) < 0)
		return err_errno(err, -errno, "remove the name %s", name);
	return last && fd >= 0 ? drop_content(store, image.digest, err) : 0;
}
