/*
 * Imports an image: unpacks a source into the store under the rules of sink.h, checks the mount
 * points of nodes, computes the digest, and names the image. If a step fails, nothing of the image
 * is left.
 */
#ifndef BONSAI_IMAGES_IMPORT_H
#define BONSAI_IMAGES_IMPORT_H

#include "images/sink.h"
#include "images/store.h"

/* Returns 0 if an image may have this name and no image has it; else -EINVAL or -EEXIST. */
int import_check_name(const struct store *store, const char *name, struct err *err);

/*
 * Makes the image `name` from `source`. The source is a folder, an OCI layout (a folder that holds
 * oci-layout), a tar archive, or a squashfs; the function detects which. `limits` NULL:
 * sink_default_limits. *about gets the text that store_about returns; the caller frees it. Blocks
 * as long as the import takes.
 */
int import_source(const struct store *store, const char *name, const char *source,
		  const struct sink_limits *limits, char **about, struct err *err);

/*
 * Makes the image `name` with the recipe called `recipe` in `folder` (recipe.h), under
 * sink_default_limits. -ENOENT: there is no such recipe. Otherwise like import_source.
 */
int import_recipe(const struct store *store, const char *name, const char *folder,
		  const char *recipe, char **about, struct err *err);

#endif
