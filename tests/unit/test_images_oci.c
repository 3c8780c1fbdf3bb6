/* Images from OCI layouts: layers, what they remove, and digests. */
#include "tests/unit/images_rig.h"

/* Adds text to the layout as a blob. Stores the blob's digest, which is its name, in `sha`. */
static void put_blob(const char *text, size_t len, char sha[SHA_HEX_BYTES])
{
	char path[PATH_MAX];
	int fd = open(in_top("oci/blob"), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(sha_file(fd, sha, &err), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/oci/blobs/sha256/%s", top, sha);
	assert_int_equal(rename(in_top("oci/blob"), path), 0);
}

static size_t put_layer(const struct entry *entries, size_t count, char sha[SHA_HEX_BYTES])
{
	char text[4096];
	ssize_t len;
	int fd;

	make_tar("layer", entries, count);
	fd = open(in_top("layer"), O_RDONLY | O_CLOEXEC);
	len = read(fd, text, sizeof(text));
	close(fd);
	assert_in_range(len, 1, sizeof(text) - 1);
	put_blob(text, (size_t)len, sha);
	return (size_t)len;
}

static void put_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The JSON of the index's platform and of the configuration; by default empty. */
static const char *platform = "{}", *configuration = "{}";

/* Makes a layout of two layers. */
static void make_layout(const struct entry *one, size_t ones, const struct entry *two, size_t twos)
{
	char shas[4][SHA_HEX_BYTES], text[1024];
	size_t sizes[2];

	mkdir(in_top("oci"), 0755);
	mkdir(in_top("oci/blobs"), 0755);
	mkdir(in_top("oci/blobs/sha256"), 0755);
	put_text(in_top("oci/oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
	sizes[0] = put_layer(one, ones, shas[0]);
	sizes[1] = put_layer(two, twos, shas[1]);
	put_blob(configuration, strlen(configuration), shas[2]);
	snprintf(text, sizeof(text),
		 "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:%s\",\"size\":%zu},"
		 "\"layers\":[{\"digest\":\"sha256:%s\",\"size\":%zu},"
		 "{\"digest\":\"sha256:%s\",\"size\":%zu}]}",
		 shas[2], strlen(configuration), shas[0], sizes[0], shas[1], sizes[1]);
	put_blob(text, strlen(text), shas[3]);
	snprintf(text, sizeof(text),
		 "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:%s\",\"size\":%zu,"
		 "\"platform\":%s}]}",
		 shas[3], strlen(text), platform);
	put_text(in_top("oci/index.json"), text);
}

static const struct entry lower[] = {{"kept", AE_IFREG, 0644, "1", NULL},
				     {"gone", AE_IFREG, 0644, "1", NULL},
				     {"emptied/old", AE_IFREG, 0644, "1", NULL},
				     {"emptied/more/old", AE_IFREG, 0644, "1", NULL}};
static const struct entry upper[] = {{".wh.gone", AE_IFREG, 0, "", NULL},
				     {"emptied/new", AE_IFREG, 0644, "2", NULL},
				     {"emptied/.wh..wh..opq", AE_IFREG, 0, "", NULL}};

static void a_layout_in_an_archive_is_told_of(void **state)
{
	static const struct entry saved[] = {{"oci-layout", AE_IFREG, 0644, "{}", NULL},
					     {"index.json", AE_IFREG, 0644, "{}", NULL}};

	(void)state;
	REFUSE(saved, -EINVAL, "it is a tar of an OCI layout: unpack it");
}

static void layers_take_away_what_was_before_them(void **state)
{
	(void)state;
	make_layout(lower, ARRAY_SIZE(lower), upper, ARRAY_SIZE(upper));
	assert_int_equal(import("layers", "oci", NULL), 0);
	assert_int_equal(mode_of("layers", "kept"), S_IFREG | 0644);
	assert_int_equal(mode_of("layers", "gone"), 0);
	assert_int_equal(mode_of("layers", ".wh.gone"), 0);
	assert_int_equal(mode_of("layers", "emptied/old"), 0);
	assert_int_equal(mode_of("layers", "emptied/more"), 0);
	assert_int_equal(mode_of("layers", "emptied/new"), S_IFREG | 0644);
	assert_int_equal(store_remove(&store, "layers", &err), 0);
}

static void a_whiteout_reaches_nothing_outside(void **state)
{
	const struct entry one[] = {{"way", AE_IFLNK, 0777, top, NULL}};
	const struct entry two[] = {{"way/.wh.victim", AE_IFREG, 0, "", NULL}};
	const struct entry three[] = {{"way/.wh..wh..opq", AE_IFREG, 0, "", NULL}};
	static const struct entry dots[] = {{"a/.wh...", AE_IFREG, 0, "", NULL}};

	(void)state;
	put_text(in_top("victim"), "x");
	make_layout(one, 1, two, 1);
	refused("oci", NULL, -ELOOP, "through what is no folder");
	make_layout(one, 1, three, 1);
	refused("oci", NULL, -ELOOP, "through what is no folder");
	make_layout(one, 1, dots, 1);
	refused("oci", NULL, -EINVAL, "what has no name");
	assert_int_equal(access(in_top("victim"), F_OK), 0);
}

static void an_image_of_another_machine_is_refused(void **state)
{
	static const char *const others[] = {"{\"os\":\"linux\",\"architecture\":\"pdp11\"}",
					     "{\"os\":\"plan9\",\"architecture\":\"amd64\"}"};
	struct oci_blob blob;
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		configuration = others[i];
		make_layout(lower, ARRAY_SIZE(lower), upper, ARRAY_SIZE(upper));
		refused("oci", NULL, -ENOEXEC,
			i ? "machine, plan9/amd64; this is linux/"
			  : "machine, linux/pdp11; this is linux/");
		configuration = "{}";
		platform = others[i];
		make_layout(lower, ARRAY_SIZE(lower), upper, ARRAY_SIZE(upper));
		refused("oci", NULL, -ENOEXEC, "it is for another machine");
		platform = "{}";
	}
	/*
	 * If there are several manifests and none is for this machine, the parser takes none of
	 * them.
	 */
	snprintf(text, sizeof(text), "{\"manifests\":[{\"platform\":%s},{},{}]}", others[0]);
	assert_int_equal(oci_parse_index(text, strlen(text), &blob, &err), -ENOENT);
	assert_non_null(strstr(err.text, "none of the index's 3 manifests"));
}

static void a_blob_is_what_its_digest_says(void **state)
{
	char **names = NULL;
	size_t count = 0;
	int dir, tried = 0;

	(void)state;
	make_layout(lower, ARRAY_SIZE(lower), upper, ARRAY_SIZE(upper));
	dir = open(in_top("oci/blobs/sha256"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(walk_names(dir, &names, &count, &err), 0);
	for (size_t i = 0; i < count; i++) {
		int fd = openat(dir, names[i], O_RDWR | O_CLOEXEC);
		char was, other;

		/*
		 * Flip one bit of each blob. The import must fail, unless it does not use the blob.
		 */
		assert_int_equal(pread(fd, &was, 1, 0), 1);
		other = was ^ 1;
		assert_int_equal(pwrite(fd, &other, 1, 0), 1);
		if (import("layers", "oci", NULL) < 0) {
			assert_non_null(strstr(err.text, "is not what its digest says"));
			tried++;
		} else {
			assert_int_equal(store_remove(&store, "layers", &err), 0);
		}
		assert_int_equal(pwrite(fd, &was, 1, 0), 1);
		close(fd);
	}
	walk_free(names, count);
	close(dir);
	assert_int_equal(tried, 4);
	put_text(in_top("oci/index.json"),
		 "{\"manifests\":[{\"size\":1,\"digest\":\"sha256:../x\"}]}");
	refused("oci", NULL, -EBADMSG, "is no sha256");
	put_text(in_top("oci/index.json"), "[]");
	refused("oci", NULL, -EBADMSG, "the index is no JSON object");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(a_layout_in_an_archive_is_told_of),  TEST(layers_take_away_what_was_before_them),
	    TEST(a_whiteout_reaches_nothing_outside), TEST(an_image_of_another_machine_is_refused),
	    TEST(a_blob_is_what_its_digest_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
