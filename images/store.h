/*
 * The store of images: one folder for each user, made with the user's first image.
 *
 *   sha256/DIGEST/root        the files of an image, found by their digest (walk_digest)
 *   sha256/DIGEST/about.json  a description of the image
 *   names/NAME                a symbolic link to ../sha256/DIGEST
 *   new.XXXXXX/               an image that is being made; its maker holds a lock on it
 *   lock                      held while names or contents change
 *
 * An image is complete or absent: its maker fills new.XXXXXX, then renames it. Two images with the
 * same content are one folder with two names. A process that uses an image holds a shared flock(2)
 * on the folder DIGEST, which keeps the image from being removed. A killed maker may leave a new.*
 * folder, or a content without a name. The next process that makes or removes an image removes
 * them.
 */
#ifndef BONSAI_IMAGES_STORE_H
#define BONSAI_IMAGES_STORE_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STORE_NAME_MAX 64
#define STORE_DIGEST_BYTES 65
#define STORE_HOST "host" /* used by a tree without an image; no image may have this name */

/*
 * The owner of the files of root's images. It is the first id of the range that root's nodes get
 * (sandbox/ids.c), and the id of all nodes of a tree with an image. Another user's images belong to
 * that user.
 */
#define STORE_OWNER 1900000000u

struct store {
	int fd; /* -1: closed */
	char path[PATH_MAX];
};

struct store_image {
	char name[STORE_NAME_MAX + 1];
	char digest[STORE_DIGEST_BYTES];
};

/* An image that is being made. */
struct store_new {
	char name[16]; /* name of the new image's folder in the store; "": none */
	int fd;	       /* the new image's folder, locked */
	int root;      /* "root" in the new image's folder */
};

/* True for 1 to 64 letters, digits, '.', '_', '-', with a letter or digit at the beginning. */
bool store_is_name(const char *name);

/*
 * Opens the store's folder: $BONSAI_IMAGES, else /var/lib/bonsai/images (root), else
 * $XDG_DATA_HOME/bonsai/images, else ~/.local/share/bonsai/images. If `make` is true, makes a
 * missing folder, with mode 0700. -ENOENT: the folder is missing, and `make` is false. -EPERM:
 * another user owns the folder or may write there.
 */
int store_open(struct store *store, bool make, struct err *err);
void store_close(struct store *store);

/* Finds an image by its name. -ENOENT: no image has this name. */
int store_find(const struct store *store, const char *name, struct store_image *image,
	       struct err *err);

/*
 * Finds the folder with the files of the image `name`, and copies its path into `path`. Returns a
 * descriptor that keeps the image from being removed while it is open, or a negative errno.
 */
int store_hold(const struct store *store, const char *name, char path[PATH_MAX], struct err *err);

/* Lists all images, sorted by name. The caller frees *images. */
int store_list(const struct store *store, struct store_image **images, size_t *count,
	       struct err *err);

/* Reads the description of an image: JSON, one line. The caller frees *about. */
int store_about(const struct store *store, const struct store_image *image, char **about,
		struct err *err);

/* Removes what killed makers of images left. store_begin and store_remove do this too. */
void store_sweep(const struct store *store);

/* Begins a new image: makes and locks its folder. The caller fills made->root. */
int store_begin(const struct store *store, struct store_new *made, struct err *err);

/*
 * Puts a new image in its place and gives it a name. -EEXIST: the name is taken. If the store has
 * the same content already, removes the new copy. store_about will return `about`. After a failure
 * the caller still calls store_abort.
 */
int store_commit(const struct store *store, struct store_new *made, const char *name,
		 const char *digest, const char *about, struct err *err);

/*
 * Removes an image that was begun and not committed. May be called again, or after store_commit;
 * then does nothing.
 */
void store_abort(const struct store *store, struct store_new *made);

/*
 * Removes a name, and the image with its last name. -EBUSY: it is the last name, and a tree uses
 * the image.
 */
int store_remove(const struct store *store, const char *name, struct err *err);

#endif
