/* The mounts of a node, over the locked copy of the base: see root.h. */
#include "sandbox/root.h"

#include "base/cleanup.h"
#include "sandbox/mount_attr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define HARMLESS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Entries of /proc to restrict, as the OCI runtime-spec does (readonlyPaths, maskedPaths). */
static const char *const read_only[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
static const char *const hidden[] = {
    "acpi",	   "asound", "kcore",	   "keys",	  "latency_stats",
    "sched_debug", "scsi",   "timer_list", "timer_stats",
};

/* Sysctls of a node's network namespace; the kernel has a set of them for each namespace. */
static const struct {
	const char *path, *value;
} sysctls[] = {
    /*
     * Connections of a dead node must end within a second: until then they keep its network
     * namespace alive.
     */
    {"/proc/sys/net/ipv4/tcp_orphan_retries", "1"},
    /* Programs may bind any port except the agents' port (base/address.h). */
    {"/proc/sys/net/ipv4/ip_unprivileged_port_start", "2"},
    /*
     * An agent always connects from the same port. If the agent closes a connection first, because
     * its parent did not answer in time, it must not have to wait for the end of TIME_WAIT (RFC
     * 6191).
     */
    {"/proc/sys/net/ipv4/tcp_tw_reuse", "1"},
    /* ping needs ICMP sockets: allow them for group 0, the node's only group. */
    {"/proc/sys/net/ipv4/ping_group_range", "0 0"},
};

static const struct {
	const char *path;
	mode_t mode;
} run_directories[] = {{"/run/tmp", 01777}, {"/run/shm", 01777}, {"/run/root", 0700}};

int root_mount_proc(struct err *err)
{
	if (mount("proc", "/proc", "proc", HARMLESS, NULL) < 0)
		return err_errno(err, -errno, "mount /proc");
	return 0;
}

int root_mount_sys(struct err *err)
{
	if (mount("sysfs", "/sys", "sysfs", HARMLESS | MS_RDONLY, NULL) < 0)
		return err_errno(err, -errno, "mount /sys");
	return 0;
}

int root_mount_pts(struct err *err)
{
	/* No gid option: the host's group for terminals has no id in the node. */
	if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		  "newinstance,ptmxmode=0666,mode=0600,max=64") < 0)
		return err_errno(err, -errno, "mount /dev/pts");
	return 0;
}

int root_mount_run(uint64_t bytes, struct err *err)
{
	const char *options = "mode=755,size=64m,nr_inodes=16k";
	char limited[64];

	if (bytes) {
		snprintf(limited, sizeof(limited), "mode=755,size=%llu,nr_inodes=16k",
			 (unsigned long long)(bytes + ROOT_OWN_BYTES));
		options = limited;
	}
	umask(0);
	if (mount("run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return err_errno(err, -errno, "mount /run");
	for (size_t i = 0; i < ARRAY_SIZE(run_directories); i++)
		if (mkdir(run_directories[i].path, run_directories[i].mode) < 0)
			return err_errno(err, -errno, "make %s", run_directories[i].path);
	umask(022);
	return 0;
}

int root_set_sysctls(struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++) {
		autoclose int fd = open(sysctls[i].path, O_WRONLY | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || write(fd, sysctls[i].value, strlen(sysctls[i].value)) < 0)
			return err_errno(err, -errno, "write %s", sysctls[i].path);
	}
	return 0;
}

int root_add_host(const char *name, bool image, struct err *err)
{
	static const char localhost[] = "127.0.0.1 localhost\n"
					"::1 localhost ip6-localhost ip6-loopback\n";
	autoclose int fd = open("/etc/hosts", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	struct stat st;
	char text[192];
	int len;

	if (fd < 0 || fstat(fd, &st) < 0)
		return image ? 0 : err_errno(err, -errno, "open /etc/hosts");
	/* Start with a newline: the last line of an image's file may lack its newline. */
	len = snprintf(text, sizeof(text), "%s127.0.1.1 %s.bonsai %s\n",
		       st.st_size ? "\n" : localhost, name, name);
	if (write(fd, text, (size_t)len) != len && !image)
		return err_errno(err, -errno, "write /etc/hosts");
	return 0;
}

/*
 * Covers one entry of /proc with the mount `tree`. Opens the entry without following links, checks
 * that the entry itself is on procfs, and mounts onto the opened descriptor (CVE-2025-52881).
 */
static int cover(int proc, const char *name, int tree, struct err *err)
{
	autoclose int target = openat(proc, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	if (target < 0)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "open /proc/%s", name);
	if (fstatfs(target, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_text(err, -ELOOP, "mask /proc/%s: it is not on procfs", name);
	if (move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_errno(err, -errno, "mask /proc/%s", name);
	return 0;
}

static int make_read_only(int proc, const char *name, struct err *err)
{
	autoclose int tree = open_tree(proc, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	char whole[64];
	int r;

	if (tree < 0)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "clone /proc/%s", name);
	r = cover(proc, name, tree, err);
	snprintf(whole, sizeof(whole), "/proc/%s", name);
	return r < 0 ? r
		     : mount_attr_set(tree,
				      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					  MOUNT_ATTR_NOEXEC,
				      whole, err);
}

/* Hides an entry of /proc: a file by /dev/null, a folder by the base's empty /var/empty. */
static int hide(int proc, const char *name, struct err *err)
{
	struct stat st, device;
	autoclose int tree = -1;

	if (fstatat(proc, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "look at /proc/%s", name);
	if (S_ISDIR(st.st_mode)) {
		tree = open_tree(AT_FDCWD, "/var/empty", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	} else {
		tree = open_tree(AT_FDCWD, "/dev/null",
				 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
		/*
		 * The cover must be the null device, not a file that replaced it (CVE-2025-31133).
		 */
		if (tree >= 0 && (fstat(tree, &device) < 0 || !S_ISCHR(device.st_mode) ||
				  device.st_rdev != makedev(1, 3)))
			return err_text(err, -ENODEV, "mask /proc/%s: /dev/null is no null device",
					name);
	}
	if (tree < 0)
		return err_errno(err, -errno, "open the mask of /proc/%s", name);
	return cover(proc, name, tree, err);
}

int root_mask_proc(struct err *err)
{
	autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = 0;

	if (proc < 0)
		return err_errno(err, -errno, "open /proc");
	for (size_t i = 0; i < ARRAY_SIZE(read_only) && r == 0; i++)
		r = make_read_only(proc, read_only[i], err);
	for (size_t i = 0; i < ARRAY_SIZE(hidden) && r == 0; i++)
		r = hide(proc, hidden[i], err);
	return r;
}
