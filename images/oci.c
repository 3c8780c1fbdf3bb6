#include "images/oci.h"

#include "base/cleanup.h"
#include "images/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define INDEXES_MAX 4 /* how deep indexes may lie within indexes */

static void json_end(json_t **json)
{
	json_decref(*json);
}
#define autojson __attribute__((cleanup(json_end)))

/*
 * The kernel's name of an architecture (uname(2)), and its name in OCI images, which is Go's
 * GOARCH.
 */
static const char *const machines[][2] = {
    {"x86_64", "amd64"},    {"aarch64", "arm64"}, {"i686", "386"},
    {"ppc64le", "ppc64le"}, {"s390x", "s390x"},	  {"riscv64", "riscv64"},
};

/*
 * Checks whether the platform of an index, or the configuration of an image, names this machine. 1:
 * names this machine. 0: names no machine, or this machine's OCI name is unknown. -ENOEXEC: names
 * another machine.
 */
static int names_ours(const json_t *said, struct err *err)
{
	const char *machine = json_string_value(json_object_get(said, "architecture"));
	const char *os = json_string_value(json_object_get(said, "os"));
	const char *ours = NULL;
	struct utsname host;

	if (uname(&host) < 0)
		return err_errno(err, -errno, "tell this machine's name");
	for (size_t i = 0; i < ARRAY_SIZE(machines) && !ours; i++)
		if (!strcmp(host.machine, machines[i][0]))
			ours = machines[i][1];
	if (!machine || !os || !ours)
		return 0;
	if (!strcmp(machine, ours) && !strcmp(os, "linux"))
		return 1;
	return err_text(err, -ENOEXEC, "it is for another machine, %.40s/%.40s; this is linux/%s",
			os, machine, ours);
}

static int parse_blob(const json_t *said, struct oci_blob *blob, struct err *err)
{
	const char *digest = json_string_value(json_object_get(said, "digest"));
	const char *type = json_string_value(json_object_get(said, "mediaType"));
	const json_t *size = json_object_get(said, "size");

	if (!digest || !json_is_integer(size) || json_integer_value(size) < 0)
		return err_text(err, -EBADMSG, "a blob without digest or size");
	/* Accept only hexadecimal digits, because the digest becomes part of a file name. */
	if (strncmp(digest, "sha256:", 7) || !sha_is_hex(digest + 7))
		return err_text(err, -EBADMSG, "a blob's digest is no sha256: %.80s", digest);
	memcpy(blob->sha, digest + 7, SHA_HEX_BYTES);
	blob->size = (uint64_t)json_integer_value(size);
	blob->index = type && strstr(type, "index") != NULL;
	return 0;
}

static json_t *parse(const char *text, size_t len, const char *what, struct err *err)
{
	json_error_t error;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

	if (!json_is_object(json)) {
		json_decref(json);
		err_text(err, -EBADMSG, "%s is no JSON object: %.100s", what,
			 json ? "it is something else" : error.text);
		return NULL;
	}
	return json;
}

int oci_parse_index(const char *text, size_t len, struct oci_blob *blob, struct err *err)
{
	autojson json_t *index = parse(text, len, "the index", err);
	const json_t *manifests = json_object_get(index, "manifests"), *chosen = NULL;
	size_t count = json_array_size(manifests);
	int r = 0;

	if (!index)
		return -EBADMSG;
	if (!json_is_array(manifests) || !count)
		return err_text(err, -EBADMSG, "the index has no manifests");
	for (size_t i = 0; i < count && r <= 0; i++) {
		chosen = json_array_get(manifests, i);
		r = names_ours(json_object_get(chosen, "platform"), err);
	}
	if (r <= 0 && count > 1)
		return err_text(
		    err, -ENOENT,
		    "none of the index's %zu manifests says that it is for this machine", count);
	if (r < 0)
		return r;
	return parse_blob(chosen, blob, err);
}

int oci_parse_manifest(const char *text, size_t len, struct oci_blob *config,
		       struct oci_blob layers[OCI_LAYERS_MAX], size_t *count, struct err *err)
{
	autojson json_t *manifest = parse(text, len, "the manifest", err);
	const json_t *said = json_object_get(manifest, "layers");
	size_t there = json_array_size(said);
	int r;

	if (!manifest)
		return -EBADMSG;
	if (!json_is_array(said))
		return err_text(err, -EBADMSG, "the manifest has no layers");
	if (there > OCI_LAYERS_MAX)
		return err_text(err, -E2BIG, "the image has more than %d layers", OCI_LAYERS_MAX);
	r = parse_blob(json_object_get(manifest, "config"), config, err);
	for (size_t i = 0; i < there && r == 0; i++)
		r = parse_blob(json_array_get(said, i), &layers[i], err);
	if (r == 0)
		*count = there;
	return r;
}

int oci_parse_config(const char *text, size_t len, struct err *err)
{
	autojson json_t *config = parse(text, len, "the configuration", err);
	int r = config ? names_ours(config, err) : -EBADMSG;

	return r < 0 ? r : 0;
}

/* Reads all of a small file; the caller frees *text. */
static int read_all(int fd, const char *what, char **text, size_t *len, struct err *err)
{
	autofree char *all = NULL;
	size_t done = 0;
	struct stat st;
	ssize_t n = 0;

	if (fstat(fd, &st) < 0)
		return err_errno(err, -errno, "read %s", what);
	if (!S_ISREG(st.st_mode) || st.st_size > OCI_JSON_MAX_BYTES)
		return err_text(err, -EFBIG, "%s is no file of at most %u bytes", what,
				OCI_JSON_MAX_BYTES);
	all = malloc((size_t)st.st_size + 1);
	if (!all)
		return err_errno(err, -ENOMEM, "read %s", what);
	while (done < (size_t)st.st_size &&
	       (n = pread(fd, all + done, (size_t)st.st_size - done, (off_t)done)) > 0)
		done += (size_t)n;
	if (n < 0)
		return err_errno(err, -errno, "read %s", what);
	*text = steal_ptr(&all);
	*len = done;
	return 0;
}

/* Opens a blob, and verifies its size and its digest. Returns a descriptor or a negative errno. */
static int open_blob(int dir, const struct oci_blob *blob, struct err *err)
{
	char path[sizeof("blobs/sha256/") + SHA_HEX_BYTES], sha[SHA_HEX_BYTES];
	autoclose int fd = -1;
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "blobs/sha256/%s", blob->sha);
	fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, -errno, "open the blob %.12s…", blob->sha);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != blob->size)
		return err_text(err, -EBADMSG, "the blob %.12s… has not the size that is told",
				blob->sha);
	r = sha_file(fd, sha, err);
	if (r < 0)
		return r;
	if (strcmp(sha, blob->sha))
		return err_text(err, -EBADMSG, "the blob %.12s… is not what its digest says",
				blob->sha);
	return steal_fd(&fd);
}

/* Checks that the image is for this machine. */
static int check_config(int dir, const struct oci_blob *config, struct err *err)
{
	autoclose int fd = open_blob(dir, config, err);
	autofree char *text = NULL;
	size_t len = 0;
	int r = fd < 0 ? fd : read_all(fd, "the configuration", &text, &len, err);

	return r < 0 ? r : oci_parse_config(text, len, err);
}

/*
 * Reads the manifest's text: follows index.json and the indexes within it. The caller frees *text.
 */
static int read_manifest(int dir, char **text, size_t *len, struct err *err)
{
	autoclose int fd =
	    openat(dir, "index.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct oci_blob blob = {.index = true};
	int r = fd < 0 ? err_errno(err, -errno, "open index.json") : 0;

	for (int i = 0; r == 0 && blob.index; i++) {
		autofree char *index = NULL;
		size_t size = 0;

		if (i == INDEXES_MAX)
			return err_text(err, -ELOOP, "indexes lie too deep in each other");
		r = read_all(fd, "an index", &index, &size, err);
		if (r == 0)
			r = oci_parse_index(index, size, &blob, err);
		if (r < 0)
			return r;
		close(steal_fd(&fd));
		fd = open_blob(dir, &blob, err);
		if (fd < 0)
			return fd;
	}
	return r < 0 ? r : read_all(fd, "the manifest", text, len, err);
}

bool oci_is_layout(int dir)
{
	return faccessat(dir, "oci-layout", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int oci_unpack(struct sink *sink, int dir, struct err *err)
{
	autofree struct oci_blob *layers = calloc(OCI_LAYERS_MAX, sizeof(*layers));
	autofree char *text = NULL;
	struct oci_blob config;
	size_t len = 0, count = 0;
	int r;

	if (!layers)
		return err_errno(err, -ENOMEM, "read an image");
	r = read_manifest(dir, &text, &len, err);
	if (r == 0)
		r = oci_parse_manifest(text, len, &config, layers, &count, err);
	if (r == 0)
		r = check_config(dir, &config, err);
	for (size_t i = 0; i < count && r == 0; i++) {
		autoclose int fd = open_blob(dir, &layers[i], err);

		r = fd < 0 ? fd : unpack_archive(sink, fd, true, err);
		if (r < 0 && fd >= 0)
			err_wrap(err, "layer %.12s", layers[i].sha);
	}
	return r;
}
