#include "vm/kernel.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BOOT "/boot"
#define PREFIX "vmlinuz-"
/* Offsets in the kernel's header, see Documentation/arch/x86/boot.rst of Linux. */
#define MAGIC_AT 0x202
#define VERSION_AT 0x20e
#define VERSION_BASE 0x200

static bool read_header(int fd, char release[KERNEL_RELEASE_BYTES])
{
	char magic[4], version[KERNEL_RELEASE_BYTES] = "";
	uint8_t at[2];

	if (pread(fd, magic, sizeof(magic), MAGIC_AT) != sizeof(magic) ||
	    memcmp(magic, "HdrS", sizeof(magic)) != 0 ||
	    pread(fd, at, sizeof(at), VERSION_AT) != sizeof(at) ||
	    pread(fd, version, sizeof(version) - 1, VERSION_BASE + (at[0] | at[1] << 8)) <= 0)
		return false;
	snprintf(release, KERNEL_RELEASE_BYTES, "%.*s", (int)strcspn(version, " \n"), version);
	return *release && !strchr(release, '/');
}

int kernel_read_release(struct kernel *kernel, struct err *err)
{
	autoclose int fd = open(kernel->file, O_RDONLY | O_CLOEXEC);
	const char *slash = strrchr(kernel->file, '/');
	const char *name = slash ? slash + 1 : kernel->file;

	if (fd < 0)
		return err_errno(err, -errno, "open the kernel %s", kernel->file);
	if (read_header(fd, kernel->release))
		return 0;
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return err_text(err, -ENOEXEC, "%s is no kernel that can be booted", kernel->file);
	snprintf(kernel->release, sizeof(kernel->release), "%.*s", KERNEL_RELEASE_BYTES - 1,
		 name + strlen(PREFIX));
	return 0;
}

int kernel_find_newest(struct kernel *kernel, struct err *err)
{
	DIR *folder = opendir(BOOT);
	const struct dirent *entry;
	char best[NAME_MAX + 1] = "", secret[NAME_MAX + 1] = "";

	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		if (faccessat(dirfd(folder), entry->d_name, R_OK, 0) < 0)
			snprintf(secret, sizeof(secret), "%s", entry->d_name);
		else if (strverscmp(entry->d_name, best) > 0)
			snprintf(best, sizeof(best), "%s", entry->d_name);
	}
	if (folder)
		closedir(folder);
	if (!*best && *secret)
		return err_text(err, -EACCES,
				"you may not read " BOOT
				"/%.80s; name a copy by --kernel, or: sudo chmod a+r that file",
				secret);
	if (!*best)
		return err_text(err, -ENOENT,
				"there is no kernel in " BOOT
				"; install the package linux-image-amd64, or name "
				"one by --kernel");
	snprintf(kernel->file, sizeof(kernel->file), BOOT "/%s", best);
	return kernel_read_release(kernel, err);
}

bool kernel_find_folder(struct kernel *kernel, const char *beside, const char *usual)
{
	const char *slash = strrchr(kernel->file, '/');
	int len = slash ? (int)(slash - kernel->file) : 0;

	snprintf(kernel->folder, sizeof(kernel->folder), "%.*s/%s/%s", len, kernel->file, beside,
		 kernel->release);
	if (slash && access(kernel->folder, X_OK) == 0)
		return true;
	snprintf(kernel->folder, sizeof(kernel->folder), "%s/%s", usual, kernel->release);
	return access(kernel->folder, X_OK) == 0;
}

/* --- modules --- */

/*
 * libkmod reports each module to a callback that gets no user data, so the callback's data is
 * static.
 */
static struct {
	struct kernel *kernel;
	int r;
} listing;

static int add(struct kernel *kernel, const char *path)
{
	char **grown;

	for (size_t i = 0; i < kernel->modules_count; i++)
		if (!strcmp(kernel->modules[i], path))
			return 0;
	grown = reallocarray(kernel->modules, kernel->modules_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	kernel->modules = grown;
	grown[kernel->modules_count] = strdup(path);
	if (!grown[kernel->modules_count])
		return -ENOMEM;
	kernel->modules_count++;
	return 0;
}

static void take(struct kmod_module *module, bool install, const char *options)
{
	const char *path = kmod_module_get_path(module);

	(void)install;
	(void)options;
	if (path && listing.r == 0)
		listing.r = add(listing.kernel, path);
}

/*
 * Adds a module and its dependencies to kernel->modules. 1: the kernel has the module, perhaps
 * built in. 0: the kernel has no module of that name. Or a negative errno.
 */
static int add_module(struct kernel *kernel, struct kmod_ctx *ctx, const char *name)
{
	/*
	 * Ignore which modules the host's kernel has loaded, and which install commands the host
	 * configures for modules.
	 */
	const unsigned int flags =
	    KMOD_PROBE_DRY_RUN | KMOD_PROBE_IGNORE_LOADED | KMOD_PROBE_IGNORE_COMMAND;
	struct kmod_list *found = NULL, *item;
	int r = kmod_module_new_from_lookup(ctx, name, &found), there = found != NULL;

	listing.kernel = kernel;
	listing.r = r == -ENOENT ? 0 : r;
	kmod_list_foreach(item, found)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		r = kmod_module_probe_insert_module(module, flags, NULL, NULL, NULL, take);
		if (listing.r == 0 && r < 0)
			listing.r = r;
		kmod_module_unref(module);
	}
	kmod_module_unref_list(found);
	return listing.r < 0 ? listing.r : there;
}

int kernel_list_modules(struct kernel *kernel, const struct kernel_wish *wishes, struct err *err)
{
	const char *none = NULL;
	struct kmod_ctx *ctx = kmod_new(kernel->folder, &none);
	int r = ctx ? 0 : -ENOMEM;

	for (; r >= 0 && wishes->module; wishes++) {
		r = add_module(kernel, ctx, wishes->module);
		if (r == 0 && wishes->needed)
			r = err_text(err, -ENOENT,
				     "the kernel %s has no module %s (is %s/modules.dep.bin there? "
				     "depmod(8) makes it)",
				     kernel->release, wishes->module, kernel->folder);
		else if (r < 0)
			err_errno(err, r, "list the modules of the kernel %s", kernel->release);
	}
	if (!ctx)
		err_errno(err, r, "list the modules of the kernel %s", kernel->release);
	else
		kmod_unref(ctx);
	return r < 0 ? r : 0;
}

void kernel_release(struct kernel *kernel)
{
	for (size_t i = 0; i < kernel->modules_count; i++)
		free(kernel->modules[i]);
	free(steal_ptr(&kernel->modules));
	kernel->modules_count = 0;
}
