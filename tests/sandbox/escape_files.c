/* Ways out by a descriptor, a path or a device. */
#include "tests/sandbox/escape.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Only the standard descriptors may be open; even those must not be a directory or block device. */
static int leaked_fd(void)
{
	for (int fd = 0; fd < 4096; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			continue;
		if (fd > STDERR_FILENO)
			return escape_say(ESCAPE_ESCAPED, "descriptor %d came along", fd);
		if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
			return escape_say(ESCAPE_ESCAPED, "descriptor %d leads out", fd);
	}
	return ESCAPE_HELD;
}

/*
 * Checks which descriptors a program inherits. `ls` itself opens the listed folder as descriptor 3,
 * so no descriptor above 3 may be listed.
 */
static int leaked_fd_exec(void)
{
	char out[512];
	const char *argv[] = {"/usr/bin/ls", "/proc/self/fd", NULL};

	if (escape_run(argv, out, sizeof(out)) != 0)
		return escape_say(ESCAPE_UNTRIED, "can't run ls");
	for (char *save = NULL, *word = strtok_r(out, "\n", &save); word;
	     word = strtok_r(NULL, "\n", &save))
		if (strtol(word, NULL, 10) > 3)
			return escape_say(ESCAPE_ESCAPED, "a program inherits descriptor %s", word);
	return ESCAPE_HELD;
}

static int cwd_outside(void)
{
	char path[256];

	if (!getcwd(path, sizeof(path)) || path[0] != '/')
		return escape_say(ESCAPE_ESCAPED, "the working folder is unreachable");
	return strcmp(path, "/") == 0 ? ESCAPE_HELD
				      : escape_say(ESCAPE_ESCAPED, "working folder %s", path);
}

static int dotdot(void)
{
	autoclose int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat top, above;

	if (root < 0 || fstat(root, &top) < 0 || fstatat(root, "../../../../../..", &above, 0) < 0)
		return escape_say(ESCAPE_UNTRIED, "can't look above /");
	return same(&top, &above) ? ESCAPE_HELD : escape_say(ESCAPE_ESCAPED, "/.. is not /");
}

static int init_root(void)
{
	struct stat top, other;

	if (stat("/proc/1/root/.", &other) < 0)
		return ESCAPE_HELD;
	if (stat("/", &top) < 0)
		return escape_say(ESCAPE_UNTRIED, "can't look at /");
	return same(&top, &other) ? ESCAPE_HELD
				  : escape_say(ESCAPE_ESCAPED, "/proc/1/root is another root");
}

/*
 * No program may open or follow /proc/1/exe. A program that opens it can keep the descriptor and
 * write to the file after the init has exited (CVE-2019-5736).
 */
static int init_exe(void)
{
	char out[64];
	const char *argv[] = {"/usr/bin/readlink", "/proc/1/exe", NULL};
	int verdict = escape_not_opened("/proc/1/exe", O_RDONLY);

	if (verdict == ESCAPE_HELD)
		verdict = escape_not_opened("/proc/1/exe", O_WRONLY);
	if (verdict == ESCAPE_HELD && escape_run(argv, out, sizeof(out)) == 0)
		return escape_say(ESCAPE_ESCAPED, "a program can follow /proc/1/exe");
	return verdict;
}

/*
 * Tries to open a program of the host for writing, through an O_PATH descriptor, as the published
 * exploit of CVE-2019-5736 did.
 */
static int program_exe(void)
{
	autoclose int fd = open("/usr/bin/true", O_PATH | O_CLOEXEC);
	char path[40];

	if (fd < 0)
		return escape_say(ESCAPE_UNTRIED, "no /usr/bin/true");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return escape_not_opened(path, O_WRONLY);
}

static int not_writable(const char *folder)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/.escape-%d", folder, getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return ESCAPE_HELD;
	close(fd);
	unlink(path);
	return escape_say(ESCAPE_ESCAPED, "a file could be made in %s", folder);
}

static int write_usr(void)
{
	return not_writable("/usr") | not_writable("/usr/bin") | not_writable("/usr/lib") |
	       not_writable("/usr/local");
}

static int write_root(void)
{
	return not_writable("/") | not_writable("/etc") | not_writable("/dev") |
	       not_writable("/var");
}

/*
 * /dev/null must be the null device. Where it was a symbolic link, container runtimes mounted the
 * target of the link into the container (CVE-2025-31133).
 */
static int null_device(void)
{
	struct stat st;

	if (lstat("/dev/null", &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return escape_say(ESCAPE_ESCAPED, "/dev/null is not the null device");
	return ESCAPE_HELD;
}

static bool is_harmless(dev_t device)
{
	static const unsigned memory[] = {3, 5, 7, 8, 9}; /* null zero full random urandom */

	for (size_t i = 0; i < ARRAY_SIZE(memory); i++)
		if (device == makedev(1, memory[i]))
			return true;
	return device == makedev(5, 0); /* tty */
}

/* The only devices in /dev may be null, zero, full, random, urandom and tty. */
static int few_devices(void)
{
	DIR *dev = opendir("/dev");
	struct dirent *entry;
	int verdict = ESCAPE_HELD;

	while (dev && (entry = readdir(dev))) {
		struct stat st;

		if (fstatat(dirfd(dev), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !is_harmless(st.st_rdev)))
			verdict = escape_say(ESCAPE_ESCAPED, "/dev/%s is there", entry->d_name);
	}
	if (dev)
		closedir(dev);
	return verdict;
}

static int not_opened(const char *const *paths, int flags)
{
	int verdict = ESCAPE_HELD;

	for (; *paths && verdict == ESCAPE_HELD; paths++)
		verdict = escape_not_opened(*paths, flags);
	return verdict;
}

static int host_devices(void)
{
	static const char *const paths[] = {
	    "/dev/mem", "/dev/kmem", "/dev/kmsg", "/dev/port",	  "/dev/vda",	"/dev/sda",
	    "/dev/kvm", "/dev/fuse", "/dev/hpet", "/dev/net/tun", "/dev/loop0", NULL,
	};

	return not_opened(paths, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

/*
 * A sandbox has a devpts instance of its own. This instance has no terminals yet, and its mount
 * option is max=64.
 */
static int foreign_terminals(void)
{
	char options[16384] = "";
	struct dirent *entry;
	DIR *pts = opendir("/dev/pts");
	int verdict = ESCAPE_HELD;

	while (pts && (entry = readdir(pts)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			verdict = escape_say(ESCAPE_ESCAPED, "/dev/pts/%s is there", entry->d_name);
	if (pts)
		closedir(pts);
	escape_read("/proc/self/mountinfo", options, sizeof(options));
	if (strstr(options, " - devpts ") && !strstr(options, ",max=64"))
		return escape_say(ESCAPE_ESCAPED, "its terminals are the host's: %s", options);
	return verdict;
}

static int host_files(void)
{
	static const char *const paths[] = {
	    "/etc/shadow", "/etc/fstab", "/etc/machine-id", "/boot",
	    "/home",	   "/root/.ssh", "/var/lib",	    "/var/log",
	    "/run/lock",   "/run/user",	 "/lost+found",	    "/proc/kcore/",
	    NULL,
	};

	return not_opened(paths, O_PATH);
}

static int make_device(mode_t kind, dev_t device)
{
	char path[64];
	int result;

	snprintf(path, sizeof(path), "/tmp/.escape-%d", getpid());
	result = mknod(path, kind | 0600, device);
	if (result == 0) {
		result = open(path, O_RDWR | O_CLOEXEC);
		if (result >= 0)
			close(result);
		unlink(path);
	}
	return escape_refused(result, "mknod");
}

static int mknod_char(void)
{
	return make_device(S_IFCHR, makedev(1, 5));
}

static int mknod_block(void)
{
	return make_device(S_IFBLK, makedev(7, 0));
}

/* Each mount is nosuid and nodev: set-uid files and device files have no effect on it. */
static int mount_flags(void)
{
	static const char *const paths[] = {"/", "/usr", "/run", "/tmp", "/proc", "/sys"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct statvfs fs;

		if (statvfs(paths[i], &fs) < 0)
			return escape_say(ESCAPE_UNTRIED, "no %s", paths[i]);
		if (!(fs.f_flag & ST_NOSUID) || !(fs.f_flag & ST_NODEV))
			return escape_say(ESCAPE_ESCAPED, "%s honours set-uid or devices",
					  paths[i]);
	}
	return ESCAPE_HELD;
}

/*
 * The exploit "Shocker" forges a file handle that names the root inode of the file system that
 * holds /usr. The kernel must refuse to open this handle.
 */
static int open_by_handle(void)
{
	autoclose int usr = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct {
		struct file_handle head;
		unsigned char inode[8];
	} handle = {.head = {.handle_bytes = 8, .handle_type = 1}, .inode = {2}};

	if (usr < 0)
		return escape_say(ESCAPE_UNTRIED, "no /usr");
	return escape_refused(open_by_handle_at(usr, &handle.head, O_RDONLY), "open_by_handle_at");
}

const struct escape escape_files[] = {
    {.name = "fd-leak", .about = "CVE-2024-21626, CVE-2016-9962", .attempt = leaked_fd},
    {.name = "fd-leak-exec", .about = "CVE-2024-21626, in a program", .attempt = leaked_fd_exec},
    {.name = "cwd-outside",
     .about = "CVE-2024-21626, /proc/self/fd/N as cwd",
     .attempt = cwd_outside},
    {.name = "dotdot", .about = "class: path above the root", .attempt = dotdot},
    {.name = "init-root", .about = "class: /proc/1/root", .attempt = init_root},
    {.name = "init-exe", .about = "CVE-2019-5736, /proc/1/exe", .attempt = init_exe},
    {.name = "program-exe",
     .about = "CVE-2019-5736, a program of the host",
     .attempt = program_exe},
    {.name = "write-usr", .about = "class: writing the host's files", .attempt = write_usr},
    {.name = "write-root", .about = "class: writing the shared root", .attempt = write_root},
    {.name = "null-device", .about = "CVE-2025-31133, /dev/null", .attempt = null_device},
    {.name = "few-devices", .about = "class: devices", .attempt = few_devices},
    {.name = "host-devices", .about = "class: devices, /dev/mem and such", .attempt = host_devices},
    {.name = "host-files", .about = "class: the host's files visible", .attempt = host_files},
    {.name = "foreign-terminals",
     .about = "class: devices, terminals",
     .attempt = foreign_terminals},
    {.name = "mknod-char", .about = "class: making devices", .attempt = mknod_char},
    {.name = "mknod-block", .about = "class: making devices", .attempt = mknod_block},
    {.name = "mount-flags", .about = "class: set-uid and device files", .attempt = mount_flags},
    {.name = "open-by-handle", .about = "class: shocker", .attempt = open_by_handle},
    {0},
};
