/*
 * How an image comes to be: something is unpacked into the store under the rules of sink.h, what
 * nodes need to mount on is looked after, the digest is taken, and it gets its name. Whatever
 * fails, nothing of it is left.
 */
#ifndef BONSAI_IMAGES_IMPORT_H
#define BONSAI_IMAGES_IMPORT_H

#include "images/sink.h"
#include "images/store.h"

/* A free name that an image may have; else -EINVAL or -EEXIST. */
int import_check_name(const struct store *store, const char *name, struct err *err);

/*
 * Makes the image NAME of SOURCE: a folder, an OCI layout (a folder with oci-layout in it), a tar
 * archive, or a squashfs, told by what is there. `limits` NULL: sink_default_limits. *about is what
 * store_about says, the caller's to free. Blocks as long as it takes.
 */
int import_source(const struct store *store, const char *name, const char *source,
		  const struct sink_limits *limits, char **about, struct err *err);

/*
 * Makes the image NAME by the recipe of that name (recipe.h) in a folder of such; the rest as
 * import_source.
 */
int import_recipe(const struct store *store, const char *name, const char *folder,
		  const char *recipe, char **about, struct err *err);

#endif
