/*
 * An OCI image layout (a folder with oci-layout, index.json and blobs/sha256) into a sink (sink.h):
 * index, manifest, configuration, then its layers in order. Every blob is held against its size and
 * its sha256 before a byte of it is used. The parsers take whatever somebody wrote, and are fuzzed.
 */
#ifndef BONSAI_IMAGES_OCI_H
#define BONSAI_IMAGES_OCI_H

#include "images/sha.h"
#include "images/sink.h"

#define OCI_JSON_MAX_BYTES (4u << 20)
#define OCI_LAYERS_MAX 256

/* A blob as index or manifest tell of it. */
struct oci_blob {
	char sha[SHA_HEX_BYTES];
	uint64_t size;
	bool index; /* it is another index, of a manifest for each machine */
};

/*
 * The manifest for this machine, or the only one if it says of none. -EBADMSG: no index; -ENOENT:
 * none of several is for this machine; -ENOEXEC: the only one is for another.
 */
int oci_parse_index(const char *text, size_t len, struct oci_blob *blob, struct err *err);

/* Its configuration, and the layers, the lowest first. -EBADMSG: no manifest; -E2BIG: too many. */
int oci_parse_manifest(const char *text, size_t len, struct oci_blob *config,
		       struct oci_blob layers[OCI_LAYERS_MAX], size_t *count, struct err *err);

/* What is read of a configuration: whether it is for another machine (-ENOEXEC). */
int oci_parse_config(const char *text, size_t len, struct err *err);

/* True if the folder says that it is a layout. */
bool oci_is_layout(int dir);

/* Unpacks the image in the layout `dir`. Blocks. */
int oci_unpack(struct sink *sink, int dir, struct err *err);

#endif
