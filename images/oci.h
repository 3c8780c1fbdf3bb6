/*
 * Unpacks an OCI image layout (a folder with oci-layout, index.json and blobs/sha256) into a sink
 * (sink.h). Reads the index, the manifest and the configuration, then unpacks the layers in order.
 * Verifies the size and the sha256 of each blob before it uses a byte of the blob. The parsers
 * accept untrusted text, and are fuzzed.
 */
#ifndef BONSAI_IMAGES_OCI_H
#define BONSAI_IMAGES_OCI_H

#include "images/sha.h"
#include "images/sink.h"

#define OCI_JSON_MAX_BYTES (4u << 20)
#define OCI_LAYERS_MAX 256

/* A blob, as an index or a manifest describes it. */
struct oci_blob {
	char sha[SHA_HEX_BYTES];
	uint64_t size;
	bool index; /* the blob is itself an index, with a manifest for each machine */
};

/*
 * Finds the manifest for this machine, or the only manifest if that one names no machine. -EBADMSG:
 * the text is no index. -ENOENT: none of several manifests is for this machine. -ENOEXEC: the only
 * manifest is for another machine.
 */
int oci_parse_index(const char *text, size_t len, struct oci_blob *blob, struct err *err);

/*
 * Finds the configuration and the layers of an image, the lowest layer first. -EBADMSG: the text is
 * no manifest. -E2BIG: more than OCI_LAYERS_MAX layers.
 */
int oci_parse_manifest(const char *text, size_t len, struct oci_blob *config,
		       struct oci_blob layers[OCI_LAYERS_MAX], size_t *count, struct err *err);

/*
 * Checks that the configuration of an image is not for another machine (-ENOEXEC). Reads nothing
 * else of the configuration.
 */
int oci_parse_config(const char *text, size_t len, struct err *err);

/* True if the folder holds the file oci-layout. */
bool oci_is_layout(int dir);

/* Unpacks the image in the layout `dir`. Blocks. */
int oci_unpack(struct sink *sink, int dir, struct err *err);

#endif
