/*
 * A rig for tests of images. Each test has its own folder and store, makes archives entry by entry,
 * and checks that a refused image leaves nothing.
 */
#ifndef BONSAI_TESTS_IMAGES_RIG_H
#define BONSAI_TESTS_IMAGES_RIG_H

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

#define UNUSED __attribute__((unused))

static char top[64]; /* the folder of the running test */
static struct store store = {.fd = -1};
static struct err err;

/* One entry of an archive that a test makes. */
struct entry {
	const char *path;
	mode_t type, mode;
	const char *text;     /* content of a file, or target of a symbolic link */
	const char *hardlink; /* target of a hard link, or NULL */
};

static UNUSED const char *in_top(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", top, name);
	return path;
}

static UNUSED int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/bonsai-images.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	setenv("BONSAI_IMAGES", in_top("store"), 1);
	return store_open(&store, true, &err);
}

static UNUSED int tear_down(void **state)
{
	autoclose int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	store_close(&store);
	return walk_remove(tmp, strrchr(top, '/') + 1, NULL);
}

static UNUSED struct archive *begin_archive(const char *path, int (*filter)(struct archive *))
{
	struct archive *archive = archive_write_new();

	assert_non_null(archive);
	assert_int_equal(archive_write_set_format_pax_restricted(archive), ARCHIVE_OK);
	assert_int_equal(filter(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	return archive;
}

static UNUSED void put(struct archive *archive, const struct entry *entry)
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

/*
 * Ends and frees the archive. Calls archive_write_close() to see its failure: archive_write_free()
 * alone would hide the failure.
 */
static UNUSED void end_archive(struct archive *archive)
{
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
}

static UNUSED void make_tar(const char *name, const struct entry *entries, size_t count)
{
	struct archive *archive = begin_archive(in_top(name), archive_write_add_filter_gzip);

	for (size_t i = 0; i < count; i++)
		put(archive, &entries[i]);
	end_archive(archive);
}

static UNUSED int import(const char *name, const char *source, const struct sink_limits *limits)
{
	autofree char *about = NULL;

	err = (struct err){0};
	return import_source(&store, name, in_top(source), limits, &about, &err);
}

/* Returns the path of a file in image `name`, valid until the next call. */
static UNUSED const char *file_of(const char *name, const char *path)
{
	char root[PATH_MAX];
	static char full[2 * PATH_MAX];
	int fd = store_hold(&store, name, root, &err);

	assert_true(fd >= 0);
	close(fd);
	snprintf(full, sizeof(full), "%s/%s", root, path);
	return full;
}

static UNUSED mode_t mode_of(const char *name, const char *path)
{
	struct stat st;

	return lstat(file_of(name, path), &st) < 0 ? 0 : st.st_mode;
}

/*
 * Checks that the import fails with `code` and a text that contains `why`, and leaves nothing in
 * the store.
 */
static UNUSED void refused(const char *source, const struct sink_limits *limits, int code,
			   const char *why)
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

static UNUSED void refuse_tar(const struct entry *entries, size_t count, int code, const char *why)
{
	make_tar("bad.tar.gz", entries, count);
	refused("bad.tar.gz", NULL, code, why);
}
#define REFUSE(entries, code, why) refuse_tar(entries, ARRAY_SIZE(entries), code, why)

static const struct entry plain[] UNUSED = {
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
