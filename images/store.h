/*
 * Where images are kept: one folder a user, made when the first image is.
 *
 *   sha256/DIGEST/root        the files of an image, by the digest of them (walk_digest)
 *   sha256/DIGEST/about.json  what is told of it
 *   names/NAME                a link to ../sha256/DIGEST
 *   new.XXXXXX/               an image on its way; locked by whoever makes it
 *   lock                      held while names or contents change
 *
 * An image is whole or not there: it is made in new.XXXXXX, then renamed. Two of the same content
 * are one folder with two names. Who uses one holds a shared flock(2) on DIGEST's folder, which
 * keeps it from being removed. What who was killed left, a new.* or a content without a name, is
 * swept by the next who makes or removes one.
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
#define STORE_HOST "host" /* what every tree has without an image; no name for another */

/*
 * Whom the files of root's images belong to: the first id of the range that root's nodes get
 * (sandbox/ids.c), and the id of all nodes of a tree with an image. Another user's belong to
 * himself.
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

/* One on its way. */
struct store_new {
	char name[16]; /* of its folder in the store; "" for none */
	int fd;	       /* that folder, locked */
	int root;      /* "root" in it */
};

/* 1 to 64 letters, digits, '.', '_', '-', beginning with a letter or digit. */
bool store_is_name(const char *name);

/*
 * Opens $BONSAI_IMAGES, or /var/lib/bonsai/images (root), or $XDG_DATA_HOME/bonsai/images, or
 * ~/.local/share/bonsai/images. `make`: it is made, mode 0700, if it is not there; else -ENOENT.
 */
int store_open(struct store *store, bool make, struct err *err);
void store_close(struct store *store);

/* -ENOENT: there is no image of that name. */
int store_find(const struct store *store, const char *name, struct store_image *image,
	       struct err *err);

/*
 * The folder with the files of the image NAME into `path`, and a descriptor that keeps it there
 * while it is open; or a negative errno.
 */
int store_hold(const struct store *store, const char *name, char path[PATH_MAX], struct err *err);

/* All by name; *images is the caller's to free. */
int store_list(const struct store *store, struct store_image **images, size_t *count,
	       struct err *err);

/* What is told of an image, JSON in one line, the caller's to free. */
int store_about(const struct store *store, const struct store_image *image, char **about,
		struct err *err);

/* Takes away what was left by who was killed, as store_begin and store_remove do. */
void store_sweep(const struct store *store);

/* Begins one. */
int store_begin(const struct store *store, struct store_new *made, struct err *err);

/*
 * Puts it in its place under a name; -EEXIST when that is taken. If the content is there already
 * the new one goes. `about` is what store_about says. On failure store_abort is still to be called.
 */
int store_commit(const struct store *store, struct store_new *made, const char *name,
		 const char *digest, const char *about, struct err *err);

/* Takes away one that was begun and not committed. Idempotent. */
void store_abort(const struct store *store, struct store_new *made);

/* Takes the name away, and the content with its last name; -EBUSY: a tree uses it. */
int store_remove(const struct store *store, const char *name, struct err *err);

#endif
