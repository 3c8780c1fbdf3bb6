/* The image store: one folder per content, images in use, leftovers, and removal. */
#include "tests/unit/images_rig.h"

static void the_same_content_is_there_once(void **state)
{
	struct store_image one, other;

	(void)state;
	make_tar("plain.tar.gz", plain, ARRAY_SIZE(plain));
	assert_int_equal(import("one", "plain.tar.gz", NULL), 0);
	assert_int_equal(import("one", "plain.tar.gz", NULL), -EEXIST);
	/* For the digest of an image, a hard link counts as a file of the same content. */
	assert_int_equal(symlink(file_of("one", ""), in_top("folder")), 0);
	assert_int_equal(import("other", "folder", NULL), 0);
	assert_int_equal(store_find(&store, "one", &one, &err), 0);
	assert_int_equal(store_find(&store, "other", &other, &err), 0);
	assert_string_equal(one.digest, other.digest);
	assert_int_equal(store_remove(&store, "one", &err), 0);
	assert_int_equal(mode_of("other", "bin/tool"), S_IFREG | 0755);
	assert_int_equal(store_remove(&store, "other", &err), 0);
	assert_int_equal(store_remove(&store, "other", &err), -ENOENT);
}

static void one_in_use_stays(void **state)
{
	char path[PATH_MAX];
	int fd;

	(void)state;
	make_tar("plain.tar.gz", plain, ARRAY_SIZE(plain));
	assert_int_equal(import("used", "plain.tar.gz", NULL), 0);
	fd = store_hold(&store, "used", path, &err);
	assert_true(fd >= 0);
	assert_int_equal(store_remove(&store, "used", &err), -EBUSY);
	assert_int_equal(mode_of("used", "bin/tool"), S_IFREG | 0755);
	close(fd);
	assert_int_equal(store_remove(&store, "used", &err), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void what_a_killed_builder_left_is_swept(void **state)
{
	struct store_new left = {.fd = -1}, held = {.fd = -1}, made = {.fd = -1};
	char path[64];

	(void)state;
	assert_int_equal(store_begin(&store, &left, &err), 0);
	assert_int_equal(store_begin(&store, &held, &err), 0);
	close(left.fd);
	assert_int_equal(store_begin(&store, &made, &err), 0);
	assert_int_equal(faccessat(store.fd, left.name, F_OK, 0), -1);
	assert_int_equal(faccessat(store.fd, held.name, F_OK, 0), 0);
	close(left.root);
	snprintf(path, sizeof(path), "%s", held.name);
	store_abort(&store, &held);
	assert_int_equal(faccessat(store.fd, path, F_OK, 0), -1);
	store_abort(&store, &made);
}

/* True if the store has the content with this digest. */
static bool has_content(const char *digest)
{
	char path[96];

	snprintf(path, sizeof(path), "sha256/%s", digest);
	return faccessat(store.fd, path, F_OK, 0) == 0;
}

static void a_content_without_a_name_is_swept(void **state)
{
	struct store_image left, held;
	char path[PATH_MAX];
	int fd;

	(void)state;
	make_tar("plain.tar.gz", plain, ARRAY_SIZE(plain));
	make_tar("other.tar.gz", plain, 2);
	assert_int_equal(import("left", "plain.tar.gz", NULL), 0);
	assert_int_equal(import("held", "other.tar.gz", NULL), 0);
	assert_int_equal(store_find(&store, "left", &left, &err), 0);
	assert_int_equal(store_find(&store, "held", &held, &err), 0);
	fd = store_hold(&store, "held", path, &err);
	assert_int_equal(unlinkat(store.fd, "names/left", 0), 0);
	assert_int_equal(unlinkat(store.fd, "names/held", 0), 0);
	assert_int_equal(store_remove(&store, "none", &err), -ENOENT);
	assert_true(has_content(left.digest));
	assert_int_equal(import("more", "plain.tar.gz", NULL), 0);
	assert_int_equal(store_remove(&store, "more", &err), 0);
	assert_false(has_content(left.digest));
	assert_true(has_content(held.digest));
	close(fd);
	assert_int_equal(import("more", "plain.tar.gz", NULL), 0);
	assert_false(has_content(held.digest));
	assert_true(has_content(left.digest));
}

/* Makes `depth` nested folders, each of that mode, with a file in the innermost. */
static void make_deep(const char *name, unsigned int depth, mode_t mode)
{
	int at = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC), file;

	for (unsigned int i = 0; i < depth; i++) {
		int below;

		assert_int_equal(mkdirat(at, i ? "d" : name, 0700), 0);
		below = openat(at, i ? "d" : name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(below >= 0);
		if (i)
			fchmod(at, mode);
		close(at);
		at = below;
	}
	file = openat(at, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0);
	assert_true(file >= 0);
	assert_int_equal(fchmod(at, mode), 0);
	close(file);
	close(at);
}

static void whatever_is_there_can_be_removed(void **state)
{
	int dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char **names = NULL;
	size_t count = 0;

	(void)state;
	make_deep("closed", 3, 0);
	assert_int_equal(walk_remove(dir, "closed", &err), 0);
	make_deep("deep", 3 * WALK_DEPTH_MAX, 0500);
	assert_int_equal(walk_remove(dir, "deep", &err), 0);
	assert_int_equal(walk_names(dir, &names, &count, &err), 0);
	assert_int_equal(count, 1); /* only the store */
	walk_free(names, count);
	close(dir);
}

static void names_of_images(void **state)
{
	(void)state;
	assert_true(store_is_name("busybox-1.35_x"));
	assert_false(store_is_name(""));
	assert_false(store_is_name(".."));
	assert_false(store_is_name("a/b"));
	assert_false(store_is_name("-a"));
	assert_int_equal(import_check_name(&store, "host", &err), -EEXIST);
	assert_int_equal(import_check_name(&store, "a b", &err), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(the_same_content_is_there_once),      TEST(one_in_use_stays),
	    TEST(what_a_killed_builder_left_is_swept), TEST(a_content_without_a_name_is_swept),
	    TEST(whatever_is_there_can_be_removed),    TEST(names_of_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
