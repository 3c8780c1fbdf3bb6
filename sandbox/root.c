#include "sandbox/root.h"

#include "base/cleanup.h"
#include "sandbox/mount_attr.h"
#include "sandbox/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define BASE "/tmp" /* the base is mounted over it, only in the launcher's mount namespace */

static const char *const directories[] = {
    "usr", "etc", "dev", "dev/pts", "proc", "sys", "run", "var", "var/empty",
};

/*
 * On most hosts these are links into /usr: the links are copied. On other hosts some of them are
 * real folders: these are bound.
 */
static const char *const usr_links[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

static const struct {
	const char *name, *target;
} links[] = {
    {"tmp", "run/tmp"},
    {"root", "run/root"},
    {"var/tmp", "../run/tmp"},
    {"var/run", "../run"},
    {"etc/hosts", "../run/hosts"},
    {"etc/hostname", "/proc/sys/kernel/hostname"},
    {"etc/mtab", "/proc/self/mounts"},
    {"etc/os-release", "../usr/lib/os-release"},
    {"dev/shm", "../run/shm"},
    {"dev/ptmx", "pts/ptmx"},
    {"dev/fd", "/proc/self/fd"},
    {"dev/stdin", "/proc/self/fd/0"},
    {"dev/stdout", "/proc/self/fd/1"},
    {"dev/stderr", "/proc/self/fd/2"},
};

static const struct {
	const char *name, *text;
} files[] = {
    {"etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"},
    {"etc/group", "root:x:0:\nnogroup:x:65534:\n"},
    {"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"},
    {"etc/resolv.conf", ""},
};

/*
 * Files to copy from the host if it has them. They are not bound: a bind mount would cost each node
 * a mount.
 */
static const char *const copied[] = {"etc/services", "etc/protocols"};

/* Files and folders of the host to bind read-only; `optional`: some hosts lack this one. */
static const struct {
	const char *name;
	bool directory, optional, device;
} binds[] = {
    {"usr", true, false, false},
    {"etc/alternatives", true, true, false},
    {"etc/ld.so.cache", false, true, false},
    {"etc/localtime", false, true, false},
    {"dev/null", false, false, true},
    {"dev/zero", false, false, true},
    {"dev/full", false, false, true},
    {"dev/random", false, false, true},
    {"dev/urandom", false, false, true},
    {"dev/tty", false, false, true},
};

/* Binds /NAME of the host to BASE/NAME, read-only, with all mounts below it. */
static int bind_host(const char *name, bool directory, bool device, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;

	snprintf(from, sizeof(from), "/%s", name);
	snprintf(to, sizeof(to), BASE "/%s", name);
	if (directory) {
		if (mkdir(to, 0755) < 0 && errno != EEXIST)
			return err_errno(err, -errno, "make %s", to);
	} else {
		autoclose int fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);

		if (fd < 0)
			return err_errno(err, -errno, "make %s", to);
	}
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_errno(err, -errno, "bind %s", from);
	attributes |= device ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_NODEV;
	return mount_attr_set_all(to, attributes, err);
}

static int write_file(const char *path, const char *text, struct err *err)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_errno(err, -errno, "write %s", path);
	return 0;
}

static int write_files(const char *top, struct err *err)
{
	char path[64];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files) && r == 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", top, files[i].name);
		r = write_file(path, files[i].text, err);
	}
	return r;
}

/*
 * Copies the files of the list `copied` into the base. Skips files that the host lacks or that do
 * not fit the buffer.
 */
static int copy_files(struct err *err)
{
	char from[64], to[64], text[64 << 10];

	for (size_t i = 0; i < ARRAY_SIZE(copied); i++) {
		ssize_t len;

		snprintf(from, sizeof(from), "/%s", copied[i]);
		snprintf(to, sizeof(to), BASE "/%s", copied[i]);
		autoclose int fd = open(from, O_RDONLY | O_CLOEXEC);

		len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		if (len <= 0 || len == (ssize_t)sizeof(text) - 1)
			continue;
		text[len] = '\0';
		if (write_file(to, text, err) < 0)
			return err ? err->code : -EIO;
	}
	return 0;
}

static int link_or_bind(const char *name, struct err *err)
{
	char from[32], to[64], target[PATH_MAX];
	struct stat st;
	ssize_t len;

	snprintf(from, sizeof(from), "/%s", name);
	snprintf(to, sizeof(to), BASE "/%s", name);
	if (lstat(from, &st) < 0)
		return 0;
	if (!S_ISLNK(st.st_mode))
		return bind_host(name, true, false, err);
	len = readlink(from, target, sizeof(target) - 1);
	if (len < 0)
		return err_errno(err, -errno, "read the link %s", from);
	target[len] = '\0';
	if (symlink(target, to) < 0)
		return err_errno(err, -errno, "link %s", to);
	return 0;
}

static int fill_base(struct err *err)
{
	char path[64];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		snprintf(path, sizeof(path), BASE "/%s", directories[i]);
		if (mkdir(path, 0755) < 0)
			return err_errno(err, -errno, "make %s", path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		snprintf(path, sizeof(path), BASE "/%s", links[i].name);
		if (symlink(links[i].target, path) < 0)
			return err_errno(err, -errno, "link %s", path);
	}
	r = write_files(BASE, err);
	if (r == 0)
		r = copy_files(err);
	for (size_t i = 0; i < ARRAY_SIZE(usr_links) && r == 0; i++)
		r = link_or_bind(usr_links[i], err);
	for (size_t i = 0; i < ARRAY_SIZE(binds) && r == 0; i++) {
		snprintf(path, sizeof(path), "/%s", binds[i].name);
		if (binds[i].optional && access(path, F_OK) < 0)
			continue;
		r = bind_host(binds[i].name, binds[i].directory, binds[i].device, err);
	}
	return r;
}

static int add_image(const struct root_spec *spec, int image, struct err *err)
{
	int r = overlay_fill_base(BASE, image, err);

	if (r == 0)
		r = write_files(BASE "/" OVERLAY_SKELETON, err);
	return r < 0 ? r : overlay_give_skeleton(BASE, spec->owner, err);
}

int root_make_base(const struct root_spec *spec, struct err *err)
{
	autoclose int image = -1, root = -1;
	int r;

	umask(022);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_errno(err, -errno, "make mounts private");
	/*
	 * Open the image first: its folder may lie below BASE, over which the base will be mounted.
	 */
	if (spec->image) {
		image = overlay_take_image(spec->image, spec->owner, err);
		if (image < 0)
			return image;
	}
	if (mount("bonsai", BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") < 0)
		return err_errno(err, -errno, "mount the nodes' root");
	r = fill_base(err);
	if (r == 0 && spec->image)
		r = add_image(spec, image, err);
	if (r < 0)
		return r;
	/*
	 * Nodes will mount /proc and /sys themselves. The kernel allows a new proc or sysfs only
	 * where another one is fully visible already, so put both into the base.
	 */
	if (mount("/proc", BASE "/proc", NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_errno(err, -errno, "bind /proc");
	if (mount("sysfs", BASE "/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) < 0)
		return err_errno(err, -errno, "mount /sys");
	if (chdir(BASE) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return err_errno(err, -errno, "pivot into the nodes' root");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_errno(err, -errno, "detach the host's root");
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_errno(err, -errno, "open the nodes' root");
	return mount_attr_set(root, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
			      "the nodes' root", err);
}
