/*
 * Images: what is kept of a source, what is dropped and stripped, what is refused; that nothing
 * lands beside the image, and that nothing of a refused one is left.
 */
#include "base/cleanup.h"
#include "images/import.h"
#include "images/oci.h"
#include "images/walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static char top[64]; /* a folder of each test's own */
static struct store store = {.fd = -1};
static struct err err;

/* One entry of an archive to be made. */
struct entry {
	const char *path;
	mode_t type, mode;
	const char *text;     /* of a file, or where a link leads */
	const char *hardlink; /* or NULL */
};

static const char *in_top(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", top, name);
	return path;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/bonsai-images.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	setenv("BONSAI_IMAGES", in_top("store"), 1);
	return store_open(&store, true, &err);
}

static int tear_down(void **state)
{
	autoclose int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	store_close(&store);
	return walk_remove(tmp, strrchr(top, '/') + 1, NULL);
}

static struct archive *begin_archive(const char *path, int (*filter)(struct archive *))
{
	struct archive *archive = archive_write_new();

	assert_non_null(archive);
	assert_int_equal(archive_write_set_format_pax_restricted(archive), ARCHIVE_OK);
	assert_int_equal(filter(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	return archive;
}

static void put(struct archive *archive, const struct entry *entry)
{
	struct archive_entry *made = archive_entry_new();
	bool file = entry->type == AE_IFREG && entry->text && !entry->hardlink;

	archive_entry_set_pathname(made, entry->path);
	archive_entry_set_filetype(made, entry->type);
	archive_entry_set_perm(made, entry->mode);
	archive_entry_set_size(made, file ? (la_int64_t)strlen(entry->text) : 0);
	if (entry->type == AE_IFLNK)
		archive_entry_set_symlink(made, entry->text);
	if (entry->hardlink)
		archive_entry_set_hardlink(made, entry->hardlink);
	assert_int_equal(archive_write_header(archive, made), ARCHIVE_OK);
	if (file)
		assert_int_equal(archive_write_data(archive, entry->text, strlen(entry->text)),
				 strlen(entry->text));
	archive_entry_free(made);
}

/* Without an archive_write_close that fails unseen. */
static void end_archive(struct archive *archive)
{
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
}

static void make_tar(const char *name, const struct entry *entries, size_t count)
{
	struct archive *archive = begin_archive(in_top(name), archive_write_add_filter_gzip);

	for (size_t i = 0; i < count; i++)
		put(archive, &entries[i]);
	end_archive(archive);
}

static int import(const char *name, const char *source, const struct sink_limits *limits)
{
	autofree char *about = NULL;

	err = (struct err){0};
	return import_source(&store, name, in_top(source), limits, &about, &err);
}

/* A file of the image NAME. */
static const char *file_of(const char *name, const char *path)
{
	char root[PATH_MAX];
	static char full[2 * PATH_MAX];
	int fd = store_hold(&store, name, root, &err);

	assert_true(fd >= 0);
	close(fd);
	snprintf(full, sizeof(full), "%s/%s", root, path);
	return full;
}

static mode_t mode_of(const char *name, const char *path)
{
	struct stat st;

	return lstat(file_of(name, path), &st) < 0 ? 0 : st.st_mode;
}

/* It is refused with that code and a word of why, and nothing of it is left. */
static void refused(const char *source, const struct sink_limits *limits, int code, const char *why)
{
	char **names = NULL;
	size_t count = 0;

	assert_int_equal(import("refused", source, limits), code);
	if (!strstr(err.text, why))
		fail_msg("said: %s; wanted: %s", err.text, why);
	assert_int_equal(walk_names(store.fd, &names, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_not_equal(strncmp(names[i], "new.", 4), 0);
	walk_free(names, count);
	assert_int_equal(store_find(&store, "refused", &(struct store_image){0}, NULL), -ENOENT);
}

static void refuse_tar(const struct entry *entries, size_t count, int code, const char *why)
{
	make_tar("bad.tar.gz", entries, count);
	refused("bad.tar.gz", NULL, code, why);
}
#define REFUSE(entries, code, why) refuse_tar(entries, ARRAY_SIZE(entries), code, why)

static const struct entry plain[] = {
    {"./", AE_IFDIR, 0755, NULL, NULL},
    {"bin/", AE_IFDIR, 0755, NULL, NULL},
    {"/bin/tool", AE_IFREG, 04755, "#!", NULL},
    {"bin/same", AE_IFREG, 0755, NULL, "bin/tool"},
    {"bin/link", AE_IFLNK, 0777, "/etc/passwd", NULL},
    {"a/b/c", AE_IFREG, 0, "deep", NULL},
    {"closed", AE_IFDIR, 02000, NULL, NULL},
    {"null", AE_IFCHR, 0666, NULL, NULL},
    {"fifo", AE_IFIFO, 0666, NULL, NULL},
};

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

static void the_same_content_is_there_once(void **state)
{
	struct store_image one, other;

	(void)state;
	make_tar("plain.tar.gz", plain, ARRAY_SIZE(plain));
	assert_int_equal(import("one", "plain.tar.gz", NULL), 0);
	assert_int_equal(import("one", "plain.tar.gz", NULL), -EEXIST);
	/* Links of a file are files of the same content. */
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
	/* The root it is absolute to is the image's own, and nothing is there. */
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

/* LETTERS of one name, or with slashes between them. */
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
	refused("nowhere", NULL, -ENOENT, "open the source");
	assert_int_equal(mkdir(in_top("empty"), 0755), 0);
	refused("empty", NULL, -EINVAL, "it is empty");
}

/* Whichever bit is not as it was, it is told, or all that comes out is the same. */
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

/* True if the content is in its place. */
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

/* Makes folders in each other, each of that mode, with a file at the bottom. */
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
	assert_int_equal(count, 1); /* the store */
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

/* --- OCI --- */

/* Puts text into the layout as a blob; `sha` gets its name. */
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

/* A layout of two layers. */
static void make_layout(const struct entry *one, size_t ones, const struct entry *two, size_t twos)
{
	char shas[3][SHA_HEX_BYTES], text[1024];
	size_t sizes[2];

	mkdir(in_top("oci"), 0755);
	mkdir(in_top("oci/blobs"), 0755);
	mkdir(in_top("oci/blobs/sha256"), 0755);
	put_text(in_top("oci/oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
	sizes[0] = put_layer(one, ones, shas[0]);
	sizes[1] = put_layer(two, twos, shas[1]);
	snprintf(text, sizeof(text),
		 "{\"schemaVersion\":2,\"layers\":[{\"digest\":\"sha256:%s\",\"size\":%zu},"
		 "{\"digest\":\"sha256:%s\",\"size\":%zu}]}",
		 shas[0], sizes[0], shas[1], sizes[1]);
	put_blob(text, strlen(text), shas[2]);
	snprintf(text, sizeof(text),
		 "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:%s\",\"size\":%zu}]}",
		 shas[2], strlen(text));
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

		/* One bit of each, at its end; all those before are not of this layout. */
		assert_int_equal(pread(fd, &was, 1, 10), 1);
		other = was ^ 1;
		assert_int_equal(pwrite(fd, &other, 1, 10), 1);
		if (import("layers", "oci", NULL) < 0) {
			assert_non_null(strstr(err.text, "is not what its digest says"));
			tried++;
		} else {
			assert_int_equal(store_remove(&store, "layers", &err), 0);
		}
		assert_int_equal(pwrite(fd, &was, 1, 10), 1);
		close(fd);
	}
	walk_free(names, count);
	close(dir);
	assert_int_equal(tried, 3);
	put_text(in_top("oci/index.json"),
		 "{\"manifests\":[{\"size\":1,\"digest\":\"sha256:../x\"}]}");
	refused("oci", NULL, -EBADMSG, "is no sha256");
	put_text(in_top("oci/index.json"), "[]");
	refused("oci", NULL, -EBADMSG, "the index is no JSON object");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	    TEST(what_is_kept_dropped_and_stripped),
	    TEST(the_same_content_is_there_once),
	    TEST(one_in_use_stays),
	    TEST(what_leads_out_is_refused),
	    TEST(a_link_is_replaced_and_never_followed),
	    TEST(names_have_limits),
	    TEST(a_bomb_is_refused),
	    TEST(a_hole_counts_as_what_it_would_fill),
	    TEST(a_hundred_thousand_entries),
	    TEST(a_damaged_archive_is_refused),
	    TEST(what_is_compressed_is_checked),
	    TEST(an_archive_has_an_end),
	    TEST(what_a_killed_builder_left_is_swept),
	    TEST(a_content_without_a_name_is_swept),
	    TEST(whatever_is_there_can_be_removed),
	    TEST(names_of_images),
	    TEST(a_layout_in_an_archive_is_told_of),
	    TEST(layers_take_away_what_was_before_them),
	    TEST(a_whiteout_reaches_nothing_outside),
	    TEST(a_blob_is_what_its_digest_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
