/*
 * Images: what an import keeps, drops, strips and refuses. Nothing lands outside the image, and a
 * refused image leaves nothing.
 */
#include "tests/unit/images_rig.h"

static void what_is_kept_dropped_and_stripped(void **state)
{
	char *about = NULL;

	(void)state;
	make_tar("plain.tar.gz", plain, ARRAY_SIZE(plain));
	assert_int_equal(import_source(&store, "plain", in_top("plain.tar.gz"), NULL, &about, &err),
			 0);
	assert_non_null(strstr(about, "\"dropped\":2"));
	assert_non_null(strstr(about, "\"stripped\":1"));
	free(about);
	assert_int_equal(mode_of("plain", "bin/tool"), S_IFREG | 0755);
	assert_int_equal(mode_of("plain", "bin/same"), S_IFREG | 0755);
	assert_int_equal(mode_of("plain", "bin/link"), S_IFLNK | 0777);
	assert_int_equal(mode_of("plain", "a/b"), S_IFDIR | 0755);
	assert_int_equal(mode_of("plain", "a/b/c"), S_IFREG | 0400);
	assert_int_equal(mode_of("plain", "closed"), S_IFDIR | 0700);
	assert_int_equal(mode_of("plain", "null"), 0);
	assert_int_equal(mode_of("plain", "fifo"), 0);
	assert_int_equal(store_remove(&store, "plain", &err), 0);
}

static void what_leads_out_is_refused(void **state)
{
	const struct entry through[] = {{"etc", AE_IFLNK, 0777, top, NULL},
					{"etc/written", AE_IFREG, 0644, "out", NULL}};
	const struct entry below[] = {{"etc", AE_IFLNK, 0777, top, NULL},
				      {"etc/a/written", AE_IFREG, 0644, "out", NULL}};
	static const struct entry up[] = {{"a/../../written", AE_IFREG, 0644, "out", NULL}};
	static const struct entry link_out[] = {
	    {"a", AE_IFREG, 0644, NULL, "/etc/passwd"},
	};
	static const struct entry link_up[] = {{"a", AE_IFREG, 0644, NULL, "../../etc/passwd"}};
	static const struct entry link_link[] = {{"s", AE_IFLNK, 0777, "/etc/passwd", NULL},
						 {"a", AE_IFREG, 0644, NULL, "s"}};
	static const struct entry mount[] = {{"proc", AE_IFLNK, 0777, "/etc", NULL}};

	(void)state;
	REFUSE(through, -ELOOP, "its way leads through what is no folder");
	REFUSE(below, -ELOOP, "its way leads through what is no folder");
	assert_int_equal(access(in_top("written"), F_OK), -1);
	REFUSE(up, -EINVAL, "it leads out by ..");
	assert_int_equal(access(in_top("store/written"), F_OK), -1);
	/* A link's absolute target starts at the image's own root, which has no such file. */
	REFUSE(link_out, -EINVAL, "no file of the image");
	REFUSE(link_up, -EINVAL, "it leads out by ..");
	REFUSE(link_link, -EINVAL, "no file of the image");
	REFUSE(mount, -EINVAL, "/proc is no folder in it");
}

static void a_link_is_replaced_and_never_followed(void **state)
{
	const struct entry over[] = {{"file", AE_IFLNK, 0777, in_top("written"), NULL},
				     {"file", AE_IFREG, 0644, "in", NULL},
				     {"folder", AE_IFLNK, 0777, top, NULL},
				     {"folder", AE_IFDIR, 0711, NULL, NULL}};

	(void)state;
	make_tar("over.tar.gz", over, ARRAY_SIZE(over));
	assert_int_equal(import("over", "over.tar.gz", NULL), 0);
	assert_int_equal(access(in_top("written"), F_OK), -1);
	assert_int_equal(mode_of("over", "file"), S_IFREG | 0644);
	assert_int_equal(mode_of("over", "folder"), S_IFDIR | 0711);
	assert_int_equal(store_remove(&store, "over", &err), 0);
}

/*
 * Checks that the import refuses a path of `letters` characters. The path is one name or, if
 * `slashes`, single letters between slashes.
 */
static void refuse_name(size_t letters, bool slashes, int code, const char *why)
{
	char *name = malloc(letters + 1);
	const struct entry entry = {name, AE_IFREG, 0644, "x", NULL};

	assert_non_null(name);
	for (size_t i = 0; i < letters; i++)
		name[i] = slashes && i % 2 ? '/' : 'n';
	name[letters] = '\0';
	refuse_tar(&entry, 1, code, why);
	free(name);
}

static void names_have_limits(void **state)
{
	(void)state;
	refuse_name(256, false, -ENAMETOOLONG, "more than 255 bytes");
	refuse_name(4096, false, -ENAMETOOLONG, "more than 4095 bytes");
	refuse_name(4096, true, -ENAMETOOLONG, "more than 4095 bytes");
	refuse_name(257, true, -ELOOP, "folders deep");
}

static void a_bomb_is_refused(void **state)
{
	struct archive *archive = begin_archive(in_top("bomb"), archive_write_add_filter_gzip);
	struct archive_entry *entry = archive_entry_new();
	const size_t piece = 1 << 20, pieces = 80;
	const struct sink_limits small = {.bytes = 1 << 20, .entries = 10, .ratio = 100000};
	char *zeros = calloc(1, piece);

	(void)state;
	archive_entry_set_pathname(entry, "zeros");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, (la_int64_t)(piece * pieces));
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	for (size_t i = 0; i < pieces; i++)
		assert_int_equal(archive_write_data(archive, zeros, piece), piece);
	archive_entry_free(entry);
	end_archive(archive);
	free(zeros);
	refused("bomb", NULL, -EFBIG, "come out of each one");
	refused("bomb", &small, -EFBIG, "larger than 1048576 bytes");
}

static void a_hole_counts_as_what_it_would_fill(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(mkdir(in_top("sparse"), 0755), 0);
	fd = open(in_top("sparse/hole"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 2 << 20), 0);
	close(fd);
	refused("sparse", &(struct sink_limits){.bytes = 1 << 20, .entries = 10, .ratio = 1000},
		-EFBIG, "larger than");
}

static void a_hundred_thousand_entries(void **state)
{
	struct archive *archive = begin_archive(in_top("many"), archive_write_add_filter_gzip);
	struct sink_limits limits = sink_default_limits;
	char name[32];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		const struct entry entry = {name, AE_IFIFO, 0644, NULL, NULL};

		snprintf(name, sizeof(name), "d/%d", i);
		put(archive, &entry);
	}
	put(archive, &(struct entry){"file", AE_IFREG, 0644, "x", NULL});
	end_archive(archive);
	limits.entries = 100000;
	refused("many", &limits, -E2BIG, "more entries than are allowed");
	limits.entries = 100001;
	assert_int_equal(import("many", "many", &limits), 0);
	assert_int_equal(store_remove(&store, "many", &err), 0);
}

static void a_damaged_archive_is_refused(void **state)
{
	char text[4096];
	struct entry big = {"file", AE_IFREG, 0644, text, NULL};
	struct stat st;
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('!' + random() % 90);
	text[sizeof(text) - 1] = '\0';
	make_tar("cut", &big, 1);
	assert_int_equal(stat(in_top("cut"), &st), 0);
	for (off_t cut = st.st_size / 2; cut >= 0; cut -= 100) {
		assert_int_equal(truncate(in_top("cut"), cut), 0);
		refused("cut", NULL, -EBADMSG, "the archive is damaged");
	}
	fd = open(in_top("noise"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
	refused("noise", NULL, -EBADMSG, "the archive is damaged");
	refused("nowhere", NULL, -ENOENT, "/nowhere: No such file");
	assert_int_equal(mkdir(in_top("empty"), 0755), 0);
	refused("empty", NULL, -EINVAL, "it is empty");
}

/* Flips one bit of each octet from 20 on: either the import fails, or the image is the same. */
static void flip_each(int fd, off_t size, const char *digest)
{
	struct store_image image;
	char was, other;

	for (off_t at = 20; at < size; at++) {
		assert_int_equal(pread(fd, &was, 1, at), 1);
		other = was ^ 1;
		assert_int_equal(pwrite(fd, &other, 1, at), 1);
		if (import("flipped", "flip", NULL) < 0) {
			assert_null(strstr(err.text, "<fd:"));
		} else {
			assert_int_equal(store_find(&store, "flipped", &image, &err), 0);
			assert_string_equal(image.digest, digest);
			assert_int_equal(store_remove(&store, "flipped", &err), 0);
		}
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
	}
}

static void flip_bits(int (*filter)(struct archive *))
{
	static const struct entry entries[] = {
	    {"a", AE_IFREG, 0644, "some text, and some more", NULL},
	    {"b", AE_IFREG, 0644, "other text", NULL}};
	struct archive *archive = begin_archive(in_top("flip"), filter);
	struct store_image image;
	struct stat st;
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		put(archive, &entries[i]);
	end_archive(archive);
	assert_int_equal(import("whole", "flip", NULL), 0);
	assert_int_equal(store_find(&store, "whole", &image, &err), 0);
	fd = open(in_top("flip"), O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	flip_each(fd, st.st_size, image.digest);
	assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
	refused("flip", NULL, -EBADMSG, "the archive is damaged");
	close(fd);
	assert_int_equal(store_remove(&store, "whole", &err), 0);
}

static void what_is_compressed_is_checked(void **state)
{
	(void)state;
	flip_bits(archive_write_add_filter_gzip);
	flip_bits(archive_write_add_filter_xz);
}

static void an_archive_has_an_end(void **state)
{
	struct archive *archive = begin_archive(in_top("cut"), archive_write_add_filter_none);

	(void)state;
	put(archive, &(struct entry){"a", AE_IFREG, 0644, "x", NULL});
	put(archive, &(struct entry){"b", AE_IFREG, 0644, "x", NULL});
	end_archive(archive);
	for (off_t cut = 4; cut > 0; cut--) {
		assert_int_equal(truncate(in_top("cut"), cut * 512), 0);
		refused("cut", NULL, -EBADMSG, "the archive is damaged");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(what_is_kept_dropped_and_stripped),
	    TEST(what_leads_out_is_refused),
	    TEST(a_link_is_replaced_and_never_followed),
	    TEST(names_have_limits),
	    TEST(a_bomb_is_refused),
	    TEST(a_hole_counts_as_what_it_would_fill),
	    TEST(a_hundred_thousand_entries),
	    TEST(a_damaged_archive_is_refused),
	    TEST(what_is_compressed_is_checked),
	    TEST(an_archive_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
