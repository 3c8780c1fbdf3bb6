/*
 * Audit of the files that the processes of a sandbox hold, and of their roots and working
 * directories.
 */
#include "sandbox/audit_proc.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The beginnings of the links of descriptors that lead to no file of a file system. */
static const char *const harmless[] = {
    "socket:[", /* look_at_socket checks sockets */
    "pipe:[",
    "pidfd:[",
    "/memfd:",
    "anon_inode:[eventfd]",
    "anon_inode:[eventpoll]",
    "anon_inode:[signalfd]",
    "anon_inode:[timerfd]",
    "anon_inode:[pidfd]",
    "anon_inode:inotify",
    "anon_inode:[landlock-ruleset]",
    "anon_inode:seccomp notify",
};

typedef void each_fd_fn(const struct audit *audit, pid_t pid, int fd, const char *link,
			struct audit_result *result);

/* Calls `look` for each descriptor of each process. Returns the number of descriptors. */
static size_t each_fd(const struct audit *audit, struct audit_result *result, each_fd_fn *look)
{
	const char *proc = audit->target.proc;
	size_t count = 0;

	for (size_t i = 0; i < audit->count; i++) {
		char path[PATH_MAX], name[32], link[PATH_MAX];
		const struct dirent *entry;
		DIR *folder;

		snprintf(path, sizeof(path), "%s/%d/fd", proc, (int)audit->pids[i]);
		folder = opendir(path);
		if (!folder)
			audit_miss(result, -errno, "its descriptors");
		while (folder && (entry = readdir(folder))) {
			int r;

			if (*entry->d_name == '.')
				continue;
			snprintf(name, sizeof(name), "fd/%.20s", entry->d_name);
			r = audit_link(proc, audit->pids[i], name, link, sizeof(link));
			if (r < 0)
				audit_miss(result, r, "a descriptor");
			else
				look(audit, audit->pids[i], atoi(entry->d_name), link, result);
			count += r == 0;
		}
		if (folder)
			closedir(folder);
	}
	return count;
}

/* --- files --- */

static bool is_harmless(const char *link)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (!strncmp(link, harmless[i], strlen(harmless[i])))
			return true;
	return false;
}

/*
 * True if the descriptor leads to the null device. Every init starts with the launcher's /dev/null
 * on its standard descriptors. That file's mount is not among the sandbox's mounts, so the null
 * device is recognized by its device number.
 */
static bool is_null_device(const struct audit *audit, pid_t pid, int fd)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%d/fd/%d", audit->target.proc, (int)pid, fd);
	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static void look_at_fd(const struct audit *audit, pid_t pid, int fd, const char *link,
		       struct audit_result *result)
{
	char name[32], info[1024];
	const char *line;
	int id = -1, r;

	if (is_harmless(link) || is_null_device(audit, pid, fd))
		return;
	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	r = audit_read(audit->target.proc, pid, name, info, sizeof(info));
	if (r < 0) {
		audit_miss(result, r, "a descriptor");
		return;
	}
	line = strstr(info, "mnt_id:");
	if (*link == '/' && line && sscanf(line, "mnt_id: %d", &id) == 1 &&
	    audit_mount_of(audit, id))
		return;
	if (audit->mounts_error) {
		audit_fail(result, audit->mounts_error, "its mounts");
		return;
	}
	audit_find(result, "%s holds %.80s from outside (descriptor %d)", audit_who(audit, pid),
		   link, fd);
}

void audit_check_descriptors(const struct audit *audit, struct audit_result *result)
{
	size_t count = each_fd(audit, result, look_at_fd);

	audit_see(result, "%zu, none leads to a file from outside", count);
}

/* --- sockets --- */

#define NOT_OURS 0 /* the socket belongs to the network namespace of no sandbox */

/*
 * Returns the inode number of the network namespace of a socket, as links in /proc show it. Returns
 * NOT_OURS if that namespace belongs to no sandbox, or a negative errno.
 */
static int64_t namespace_of(pid_t pid, int fd)
{
	autoclose int pidfd = pidfd_open(pid, 0);
	autoclose int copy = pidfd < 0 ? -1 : pidfd_getfd(pidfd, fd, 0);
	autoclose int space = copy < 0 ? -1 : ioctl(copy, SIOCGSKNS);
	struct stat st;

	/*
	 * A process that is allowed to copy the socket has CAP_NET_ADMIN in the network namespaces
	 * of all sandboxes. So if SIOCGSKNS fails with EPERM, the socket's network namespace
	 * belongs to no sandbox.
	 */
	if (space < 0 && copy >= 0 && errno == EPERM)
		return NOT_OURS;
	if (space < 0 || fstat(space, &st) < 0)
		return -errno;
	return (int64_t)st.st_ino;
}

static void look_at_socket(const struct audit *audit, pid_t pid, int fd, const char *link,
			   struct audit_result *result)
{
	char own[64];
	int64_t wanted = 0, seen;
	int r;

	if (strncmp(link, "socket:[", 8))
		return;
	if (audit->target.pidfd < 0) {
		audit_miss(result, -EOPNOTSUPP, "a socket");
		return;
	}
	r = audit_link(audit->target.proc, audit->target.init, "ns/net", own, sizeof(own));
	if (r == 0 && sscanf(own, "net:[%ld]", &wanted) != 1)
		r = -EPROTO;
	seen = r < 0 ? r : namespace_of(pid, fd);
	/* EBADF: the process has closed the descriptor meanwhile. */
	if (seen < 0 && seen != -EBADF)
		audit_miss(result, (int)seen, "a socket");
	else if (seen >= 0 && seen != wanted)
		audit_find(result, "%s holds a socket of another network (descriptor %d)",
			   audit_who(audit, pid), fd);
}

void audit_check_sockets(const struct audit *audit, struct audit_result *result)
{
	each_fd(audit, result, look_at_socket);
	audit_see(result, "all are of its own network");
}

/* --- root, working directory and program of each process --- */

/* Checks that the link `name` of the process leads into one of the sandbox's mounts. */
static void look_at_place(const struct audit *audit, pid_t pid, const char *name,
			  struct audit_result *result)
{
	char path[PATH_MAX];
	struct statx stx;

	snprintf(path, sizeof(path), "%s/%d/%s", audit->target.proc, (int)pid, name);
	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx) < 0)
		audit_miss(result, -errno, name);
	else if (!(stx.stx_mask & STATX_MNT_ID))
		audit_miss(result, -EOPNOTSUPP, name);
	else if (audit->mounts_error)
		audit_fail(result, audit->mounts_error, "its mounts");
	else if (!audit_mount_of(audit, (int)stx.stx_mnt_id))
		audit_find(result, "the %s of %s lies outside", name, audit_who(audit, pid));
}

void audit_check_places(const struct audit *audit, struct audit_result *result)
{
	for (size_t i = 0; i < audit->count; i++) {
		look_at_place(audit, audit->pids[i], "root", result);
		look_at_place(audit, audit->pids[i], "cwd", result);
		/* Skip the agent: its program is the host's. The check "agent" covers it. */
		if (audit->pids[i] != audit->target.init)
			look_at_place(audit, audit->pids[i], "exe", result);
	}
	audit_see(result, "root, cwd and program of each are inside");
}
