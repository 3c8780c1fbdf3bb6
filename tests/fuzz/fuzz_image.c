/*
 * Fuzzes Bonsai's own parsers for images: index, manifest and configuration of an OCI layout, and
 * paths. For any input, the name of an accepted blob consists of hexadecimal digits alone. A plain
 * path, as sink_path() makes it, is relative and never leads out by `..`.
 */
#include "tests/fuzz/fuzz.h"

#include "images/oci.h"

#include "base/cleanup.h"

#include <string.h>

static void try_index(const char *text, size_t len)
{
	struct oci_blob blob = {.sha = "untouched"};
	struct err err;

	if (oci_parse_index(text, len, &blob, &err) == 0) {
		must(sha_is_hex(blob.sha));
	} else {
		must(err.code < 0 && *err.text);
		must(memchr(err.text, '\0', sizeof(err.text)));
	}
}

static void try_manifest(const char *text, size_t len)
{
	static struct oci_blob layers[OCI_LAYERS_MAX];
	struct oci_blob config;
	size_t count = SIZE_MAX;
	struct err err;

	if (oci_parse_manifest(text, len, &config, layers, &count, &err) < 0) {
		must(count == SIZE_MAX && err.code < 0 && *err.text);
		return;
	}
	must(sha_is_hex(config.sha));
	must(count <= OCI_LAYERS_MAX);
	for (size_t i = 0; i < count; i++)
		must(sha_is_hex(layers[i].sha));
}

static void try_config(const char *text, size_t len)
{
	struct err err;

	if (oci_parse_config(text, len, &err) < 0)
		must(err.code < 0 && *err.text);
}

static void try_path(const char *text, size_t len)
{
	autofree char *path = strndup(text, len);
	char plain[PATH_MAX], again[PATH_MAX];
	struct err err;

	must(path != NULL);
	if (sink_path(path, plain, &err) < 0)
		return;
	must(*plain != '/' && !strstr(plain, "//") && !strstr(plain, "/../"));
	must(strncmp(plain, "../", 3) && strcmp(plain, ".."));
	/* Making a plain path plain again does not change the path. */
	must(sink_path(plain, again, &err) == 0 && !strcmp(plain, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_index((const char *)data, size);
	try_manifest((const char *)data, size);
	try_config((const char *)data, size);
	try_path((const char *)data, size);
	return 0;
}
