/* Ways out by mounts, by gaps in the masks of /proc and /sys, and by control groups. */
#include "tests/sandbox/escape.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

static int mount_tmpfs(void)
{
	return escape_refused(mount("none", "/tmp", "tmpfs", 0, NULL), "mount of a tmpfs");
}

static int mount_proc(void)
{
	return escape_refused(mount("proc", "/proc", "proc", 0, NULL), "mount of a fresh /proc");
}

static int mount_bind(void)
{
	return escape_refused(mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL), "bind mount");
}

static int remount_usr(void)
{
	return escape_refused(mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL),
			      "remount of /usr for writing");
}

static int setattr_usr(void)
{
	struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};

	return escape_refused(syscall(SYS_mount_setattr, AT_FDCWD, "/usr", 0, &attr, sizeof(attr)),
			      "mount_setattr of /usr for writing");
}

static int umount_mask(void)
{
	static const char *const paths[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/kcore",
					    "/sys", "/proc"};
	int verdict = ESCAPE_HELD;

	for (size_t i = 0; i < ARRAY_SIZE(paths) && verdict == ESCAPE_HELD; i++)
		if (access(paths[i], F_OK) == 0)
			verdict = escape_refused(umount2(paths[i], MNT_DETACH), paths[i]);
	return verdict;
}

static int pivot(void)
{
	return escape_refused(syscall(SYS_pivot_root, "/", "/"), "pivot_root");
}

/*
 * The kernel must refuse chroot(2). A second chroot leads out of the first one, if the process
 * keeps a folder open that lies outside the second one.
 */
static int second_chroot(void)
{
	return escape_refused(chroot("/tmp"), "chroot");
}

static int new_mount_calls(void)
{
	int verdict = escape_refused(syscall(SYS_fsopen, "tmpfs", 0), "fsopen");

	if (verdict == ESCAPE_HELD)
		verdict = escape_refused(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE),
					 "open_tree");
	return verdict;
}

static bool is_empty_folder(const char *path)
{
	DIR *folder = opendir(path);
	int entries = 0;

	if (!folder)
		return true;
	while (entries <= 2 && readdir(folder))
		entries++;
	closedir(folder);
	return entries <= 2;
}

/* Files that reveal the host must be absent, unreadable, the null device, or an empty folder. */
static int masked_proc(void)
{
	static const char *const paths[] = {
	    "/proc/kcore",	 "/proc/keys",		"/proc/timer_list",
	    "/proc/acpi",	 "/proc/sched_debug",	"/proc/scsi",
	    "/proc/timer_stats", "/proc/latency_stats", "/proc/asound",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct stat st;
		char byte[2];

		if (lstat(paths[i], &st) < 0)
			continue;
		if (S_ISLNK(st.st_mode))
			return escape_say(ESCAPE_ESCAPED, "%s is a link", paths[i]);
		if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
			continue;
		if (S_ISDIR(st.st_mode) ? !is_empty_folder(paths[i])
					: escape_read(paths[i], byte, sizeof(byte)) > 0)
			return escape_say(ESCAPE_ESCAPED, "%s can be read", paths[i]);
	}
	return ESCAPE_HELD;
}

/*
 * The read-only mounts in /proc must be procfs itself. A symbolic link that is replaced during the
 * set-up must not lead a mount to another folder (CVE-2025-52881).
 */
static int readonly_proc(void)
{
	static const char *const paths[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
					    "/proc/bus", "/proc/fs"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct statvfs flags;
		struct statfs kind;

		if (statvfs(paths[i], &flags) < 0 || statfs(paths[i], &kind) < 0)
			continue;
		if (kind.f_type != PROC_SUPER_MAGIC)
			return escape_say(ESCAPE_ESCAPED, "%s is not on procfs", paths[i]);
		if (!(flags.f_flag & ST_RDONLY))
			return escape_say(ESCAPE_ESCAPED, "%s is mounted for writing", paths[i]);
	}
	return ESCAPE_HELD;
}

static int not_writable(const char *const *paths)
{
	int verdict = ESCAPE_HELD;

	for (; *paths && verdict == ESCAPE_HELD; paths++)
		verdict = escape_not_opened(*paths, O_WRONLY);
	return verdict;
}

static int write_proc_sys(void)
{
	static const char *const paths[] = {
	    "/proc/sys/kernel/hostname",
	    "/proc/sys/kernel/sysrq",
	    "/proc/sys/kernel/modprobe",
	    "/proc/sys/vm/drop_caches",
	    "/proc/sys/fs/binfmt_misc/register",
	    "/proc/sys/net/ipv4/ip_forward",
	    "/proc/sys/net/ipv4/ping_group_range",
	    "/proc/sys/user/max_user_namespaces",
	    NULL,
	};

	return not_writable(paths);
}

/*
 * A sandbox must not open core_pattern for writing. When a program in a sandbox dumps core, the
 * host runs the command in core_pattern as its root.
 */
static int core_pattern(void)
{
	return escape_not_opened("/proc/sys/kernel/core_pattern", O_WRONLY);
}

/*
 * Tries to open sysrq-trigger, but never writes to it. If the file can be opened, one written byte
 * stops the machine.
 */
static int sysrq(void)
{
	return escape_not_opened("/proc/sysrq-trigger", O_WRONLY);
}

static int write_sys(void)
{
	static const char *const paths[] = {
	    "/sys/kernel/uevent_helper", "/sys/kernel/uevent_seqnum",
	    "/sys/power/state",		 "/sys/class/net/lo/mtu",
	    "/sys/class/net/up/mtu",	 "/sys/kernel/mm/ksm/run",
	    "/sys/class/net/lo/ifalias", NULL,
	};
	struct statvfs fs;

	if (statvfs("/sys", &fs) == 0 && !(fs.f_flag & ST_RDONLY))
		return escape_say(ESCAPE_ESCAPED, "/sys is mounted for writing");
	return not_writable(paths);
}

/*
 * The kernel must refuse to mount cgroup. A sandbox that mounts cgroup v1 itself can set a
 * `release_agent`, a program that runs on the host (CVE-2022-0492).
 */
static int cgroup_mount(void)
{
	int verdict = escape_refused(mount("cg", "/tmp", "cgroup", 0, "none,name=escape"),
				     "mount of cgroup v1");

	if (verdict == ESCAPE_HELD)
		verdict =
		    escape_refused(mount("cg", "/tmp", "cgroup2", 0, NULL), "mount of cgroup v2");
	return verdict;
}

static int cgroup_write(void)
{
	static const char *const paths[] = {
	    "/sys/fs/cgroup/cgroup.procs",
	    "/sys/fs/cgroup/unified/cgroup.procs",
	    "/sys/fs/cgroup/memory/cgroup.procs",
	    "/sys/fs/cgroup/pids/cgroup.procs",
	    "/sys/fs/cgroup/devices/devices.allow",
	    "/sys/fs/cgroup/release_agent",
	    NULL,
	};

	return not_writable(paths);
}

const struct escape escape_mounts[] = {
    {.name = "mount-tmpfs", .about = "class: mount", .attempt = mount_tmpfs},
    {.name = "mount-proc", .about = "class: mount, to lose the masks", .attempt = mount_proc},
    {.name = "mount-bind", .about = "class: mount", .attempt = mount_bind},
    {.name = "remount-usr", .about = "class: remount for writing", .attempt = remount_usr},
    {.name = "setattr-usr", .about = "class: mount_setattr for writing", .attempt = setattr_usr},
    {.name = "umount-mask", .about = "class: lifting a mask", .attempt = umount_mask},
    {.name = "pivot-root", .about = "class: pivot_root", .attempt = pivot},
    {.name = "chroot", .about = "class: second chroot", .attempt = second_chroot},
    {.name = "new-mount-calls", .about = "CVE-2022-0185, fsopen", .attempt = new_mount_calls},
    {.name = "masked-proc", .about = "CVE-2025-31133", .attempt = masked_proc},
    {.name = "readonly-proc", .about = "CVE-2025-52881", .attempt = readonly_proc},
    {.name = "write-proc-sys", .about = "class: sysctl", .attempt = write_proc_sys},
    {.name = "core-pattern", .about = "class: core_pattern", .attempt = core_pattern},
    {.name = "sysrq", .about = "class: sysrq-trigger", .attempt = sysrq},
    {.name = "write-sys", .about = "class: sysfs", .attempt = write_sys},
    {.name = "cgroup-mount", .about = "CVE-2022-0492", .attempt = cgroup_mount},
    {.name = "cgroup-write", .about = "class: cgroup of others", .attempt = cgroup_write},
    {0},
};
