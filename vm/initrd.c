#include "vm/initrd.h"

#include "base/cleanup.h"
#include "vm/guest.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The paths of guest.h as names in an archive: without the leading slash of the path. */
#define CONFIG (&GUEST_CONFIG[1])
#define MODULES (&GUEST_MODULES[1])
#define BLOCK_BYTES 65536

struct text {
	char *data;
	size_t len;
};

/* --- the configuration, see guest.h --- */

static void add_line(FILE *config, const char *name, const char *value)
{
	if (value)
		fprintf(config, "%s=%s%c", name, value, '\0');
}

static int write_config(const struct vm_spec *spec, const struct engine_plan *plan,
			struct text *text)
{
	FILE *config = open_memstream(&text->data, &text->len);
	char size[32];

	if (!config)
		return -errno;
	snprintf(size, sizeof(size), "%ux%u", spec->rows, spec->columns);
	add_line(config, "channel", plan->channel);
	add_line(config, "type", plan->root_type);
	add_line(config, "root", plan->root);
	add_line(config, "share", plan->share);
	add_line(config, "folder", spec->folder);
	add_line(config, "programs", spec->programs);
	add_line(config, "tree", spec->tree ? "1" : NULL);
	add_line(config, "terminal", spec->terminal ? size : NULL);
	for (char *const *arg = spec->args; arg && *arg; arg++)
		add_line(config, "arg", *arg);
	for (const char *const *env = spec->env; *env; env++)
		add_line(config, "env", *env);
	return fclose(config) == 0 ? 0 : -ENOMEM;
}

/* --- the archive --- */

static int fail(struct archive *archive, const char *what, struct err *err)
{
	return err_text(err, -EIO, "make the guest's first file system: %s: %s", what,
			archive_error_string(archive) ? archive_error_string(archive)
						      : "no memory");
}

static int add_entry(struct archive *archive, const char *name, unsigned int mode, const void *data,
		     size_t len, struct err *err)
{
	struct archive_entry *entry = archive_entry_new();
	bool good;

	if (!entry)
		return fail(archive, name, err);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, (la_int64_t)len);
	good = archive_write_header(archive, entry) == ARCHIVE_OK &&
	       (!len || archive_write_data(archive, data, len) == (la_ssize_t)len);
	archive_entry_free(entry);
	return good ? 0 : fail(archive, name, err);
}

/* Reads all of a file, and decompresses it if it is compressed. */
static int read_file(const char *path, struct text *text, struct err *err)
{
	struct archive *file = archive_read_new();
	FILE *memory = open_memstream(&text->data, &text->len);
	struct archive_entry *entry;
	char block[BLOCK_BYTES];
	la_ssize_t n = -1;

	if (file && memory) {
		archive_read_support_filter_all(file);
		archive_read_support_format_raw(file);
		archive_read_support_format_empty(file);
		if (archive_read_open_filename(file, path, BLOCK_BYTES) == ARCHIVE_OK &&
		    archive_read_next_header(file, &entry) == ARCHIVE_OK)
			while ((n = archive_read_data(file, block, sizeof(block))) > 0)
				fwrite(block, 1, (size_t)n, memory);
	}
	if (memory && fclose(memory) != 0)
		n = -1;
	if (n < 0)
		err_text(err, -EIO, "read %s: %s", path,
			 file && archive_error_string(file) ? archive_error_string(file)
							    : "no memory");
	archive_read_free(file);
	return n < 0 ? -EIO : 0;
}

static int add_file(struct archive *archive, const char *name, unsigned int mode, const char *path,
		    struct err *err)
{
	struct text text = {0};
	int r = read_file(path, &text, err);

	if (r == 0)
		r = add_entry(archive, name, mode, text.data, text.len, err);
	free(text.data);
	return r;
}

/*
 * Adds the kernel's modules to the archive. Their names there begin with a number, so that the
 * order of names is the order of loading.
 */
static int add_modules(struct archive *archive, const struct kernel *kernel, struct err *err)
{
	int r = add_entry(archive, MODULES, S_IFDIR | 0755, NULL, 0, err);

	for (size_t i = 0; r == 0 && i < kernel->modules_count; i++) {
		const char *slash = strrchr(kernel->modules[i], '/');
		char name[NAME_MAX + 32];

		snprintf(name, sizeof(name), "%s/%03zu-%.*s", MODULES, i, NAME_MAX,
			 slash ? slash + 1 : kernel->modules[i]);
		r = add_file(archive, name, S_IFREG | 0644, kernel->modules[i], err);
	}
	return r;
}

static int fill(struct archive *archive, const struct vm_spec *spec, const struct engine_plan *plan,
		struct err *err)
{
	struct text config = {0};
	int r;

	r = write_config(spec, plan, &config);
	if (r < 0)
		err_errno(err, r, "write the guest's configuration");
	if (r == 0)
		r = add_file(archive, "init", S_IFREG | 0755, spec->guest_init, err);
	if (r == 0)
		r = add_entry(archive, CONFIG, S_IFREG | 0600, config.data, config.len, err);
	if (r == 0)
		r = add_modules(archive, &plan->kernel, err);
	free(config.data);
	return r;
}

int initrd_make(const struct vm_spec *spec, const struct engine_plan *plan, struct err *err)
{
	autoclose int fd = memfd_create("initrd", MFD_CLOEXEC);
	struct archive *archive = archive_write_new();
	int r = -ENOMEM;

	if (fd < 0)
		r = err_errno(err, -errno, "make the guest's first file system");
	else if (!archive || archive_write_set_format_cpio_newc(archive) != ARCHIVE_OK ||
		 archive_write_open_fd(archive, fd) != ARCHIVE_OK)
		r = fail(archive, "open it", err);
	else
		r = fill(archive, spec, plan, err);
	if (archive && archive_write_close(archive) != ARCHIVE_OK && r == 0)
		r = fail(archive, "write it", err);
	archive_write_free(archive);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "make the guest's first file system");
	return steal_fd(&fd);
}
