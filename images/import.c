#include "images/import.h"

#include "base/cleanup.h"
#include "images/folder.h"
#include "images/oci.h"
#include "images/recipe.h"
#include "images/squash.h"
#include "images/unpack.h"
#include "images/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* An image that is being imported. */
struct import {
	const struct store *store;
	struct store_new made;
	struct sink sink;
	const char *kind;
};

/* The mount points of a node: in an image, each of these paths must be a folder or missing. */
static const char *const mount_points[] = {"dev", "proc", "run", "sys"};

int import_check_name(const struct store *store, const char *name, struct err *err)
{
	struct store_image image;

	if (!store_is_name(name))
		return err_text(err, -EINVAL,
				"no name for an image, not 1 to %d letters, digits, '.', '_', '-'",
				STORE_NAME_MAX);
	if (!strcmp(name, STORE_HOST))
		return err_text(err, -EEXIST, "host is what a tree has without an image");
	if (store_find(store, name, &image, NULL) == 0)
		return err_text(
		    err, -EEXIST,
		    "the image %s is there already; take it away by: bonsai image rm %s", name,
		    name);
	return 0;
}

static int unpack_folder(struct import *import, int fd, struct err *err)
{
	import->kind = oci_is_layout(fd) ? "oci" : "folder";
	return oci_is_layout(fd) ? oci_unpack(&import->sink, fd, err)
				 : folder_copy(&import->sink, fd, false, err);
}

static int unpack_file(struct import *import, int fd, struct err *err)
{
	if (!squash_is(fd)) {
		import->kind = "tar";
		return unpack_archive(&import->sink, fd, false, err);
	}
	import->kind = "squashfs";
	return squash_unpack(&import->sink, fd, import->made.fd, err);
}

static int unpack(struct import *import, const char *source, struct err *err)
{
	autoclose int fd = open(source, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, -errno, "open %.150s", source);
	if (S_ISDIR(st.st_mode))
		return unpack_folder(import, fd, err);
	if (S_ISREG(st.st_mode))
		return unpack_file(import, fd, err);
	return err_text(err, -EINVAL, "the source is neither a folder nor a file");
}

static int check(const struct import *import, struct err *err)
{
	struct stat st;

	if (!import->sink.entries)
		return err_text(err, -EINVAL, "it is empty");
	/*
	 * Refuse an archive of an OCI layout, as container engines save images: unpacked as plain
	 * files, nothing in the archive could be run.
	 */
	if (oci_is_layout(import->made.root) && strcmp(import->kind, "oci"))
		return err_text(err, -EINVAL,
				"it is a %s of an OCI layout: unpack it, and import the folder",
				import->kind);
	for (size_t i = 0; i < ARRAY_SIZE(mount_points); i++)
		if (fstatat(import->made.root, mount_points[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode))
			return err_text(err, -EINVAL, "/%s is no folder in it", mount_points[i]);
	return 0;
}

static char *tell(const struct import *import, const char *source, const char *digest)
{
	const struct sink *sink = &import->sink;
	/* If `source` is not valid UTF-8, json_string returns NULL; then write null. */
	json_t *from = json_string(source);
	json_t *about =
	    json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "digest", digest, "kind",
		      import->kind, "source", from ? from : json_null(), "bytes",
		      (json_int_t)sink->bytes, "entries", (json_int_t)sink->entries, "dropped",
		      (json_int_t)sink->dropped, "stripped", (json_int_t)sink->stripped, "unended",
		      (json_int_t)sink->unended, "created", (json_int_t)time(NULL));
	char *text = json_dumps(about, JSON_COMPACT);

	json_decref(about);
	return text;
}

/*
 * Gives the image to STORE_OWNER if the caller is root. If root may not do so, like root of a
 * container that lacks that id, the image stays the property of root.
 */
static int give_root(struct import *import, struct err *err)
{
	import->sink.owner = geteuid() == 0 ? STORE_OWNER : (uid_t)-1;
	if (import->sink.owner == (uid_t)-1 ||
	    fchown(import->made.root, STORE_OWNER, STORE_OWNER) == 0)
		return 0;
	if (errno != EINVAL && errno != EPERM)
		return err_errno(err, -errno, "give the image to its nodes");
	import->sink.owner = (uid_t)-1;
	return 0;
}

/*
 * Makes the image. `recipe` is the path of the recipe named `source`, or NULL to import `source`
 * itself.
 */
static int make(struct import *import, const char *name, const char *source, const char *recipe,
		char **about, struct err *err)
{
	autofree char *text = NULL;
	char digest[SHA_HEX_BYTES];
	int r = give_root(import, err);

	if (r == 0 && recipe)
		r = recipe_unpack(&import->sink, recipe, import->made.fd, err);
	else if (r == 0)
		r = unpack(import, source, err);
	if (r == 0)
		r = check(import, err);
	if (r == 0)
		r = walk_digest(import->made.root, digest, err);
	if (r < 0)
		return r;
	text = tell(import, source, digest);
	if (!text)
		return err_errno(err, -ENOMEM, "tell of the image");
	r = store_commit(import->store, &import->made, name, digest, text, err);
	if (r == 0)
		*about = steal_ptr(&text);
	return r;
}

static int begin(const struct store *store, const char *name, const char *source,
		 const char *recipe, const struct sink_limits *limits, char **about,
		 struct err *err)
{
	struct import import = {.store = store, .made = {.fd = -1, .root = -1}, .kind = "recipe"};
	int r = import_check_name(store, name, err);

	if (r == 0)
		r = store_begin(store, &import.made, err);
	if (r < 0)
		return r;
	import.sink.root = import.made.root;
	import.sink.limits = limits ? *limits : sink_default_limits;
	r = make(&import, name, source, recipe, about, err);
	store_abort(store, &import.made);
	return r;
}

int import_source(const struct store *store, const char *name, const char *source,
		  const struct sink_limits *limits, char **about, struct err *err)
{
	return begin(store, name, source, NULL, limits, about, err);
}

int import_recipe(const struct store *store, const char *name, const char *folder,
		  const char *recipe, char **about, struct err *err)
{
	char path[PATH_MAX];

	/* Accept only a plain name as a recipe: a path could lead outside of `folder`. */
	if (!store_is_name(recipe))
		return err_text(err, -EINVAL, "no name of a recipe");
	if (snprintf(path, sizeof(path), "%s/%s", folder, recipe) >= PATH_MAX)
		return err_errno(err, -ENAMETOOLONG, "find the recipe %s", recipe);
	if (access(path, X_OK) < 0)
		return err_text(err, -ENOENT, "there is no recipe %s in %.150s", recipe, folder);
	return begin(store, name, recipe, path, NULL, about, err);
}
