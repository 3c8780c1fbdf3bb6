/*
 * The doctor's probes of the lxc backend: ranges of ids, liblxc, control groups to freeze nodes in,
 * and lxc's tools.
 */
#include "sandbox/cgroup_place.h"
#include "sandbox/doctor_probes.h"
#include "sandbox/lxc_library.h"
#include "sandbox/subids.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Looks up `program` in PATH. If found, sets `path` to the program's path. */
static bool find_in_path(const char *program, char *path, size_t size)
{
	const char *folders = getenv("PATH");
	autofree char *copy = strdup(folders ? folders : "/usr/bin:/bin");

	for (char *rest = copy, *folder; rest && (folder = strsep(&rest, ":"));) {
		int n = snprintf(path, size, "%s/%s", folder, program);

		if (n > 0 && (size_t)n < size && access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static int have_user_ns(void *data)
{
	(void)data;
	pause(); /* sleeps until the doctor kills this process after the probe */
	return 1;
}

/*
 * Writes the id map of `pid` directly: root needs no helper program for that. In a container even
 * root may not have that many ids.
 */
static void map_as_root(struct doctor_finding *finding, pid_t pid)
{
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0 100000 65536\n", 15) != 15)
		doctor_lack_errno(
		    finding, errno,
		    "give the container 65536 ids more (its own uid_map is too small)",
		    "map 65536 ids as root");
	else
		doctor_ok(finding, "root maps them itself");
}

static void map_by_helper(struct doctor_finding *finding, pid_t pid)
{
	struct subids ids;
	struct err err = {0};

	if (subids_map(pid, &ids, &err) < 0)
		doctor_lack(finding, ids.mend, "%.150s", err.text);
	else
		doctor_ok(finding, "mapped %lu ids from %lu on", ids.count, ids.first);
}

void doctor_id_ranges(struct doctor_finding *finding)
{
	struct err err;
	int pidfd;
	pid_t pid = doctor_clone(CLONE_NEWUSER, &pidfd, have_user_ns, NULL, &err);

	if (pid < 0)
		doctor_lack(finding, "", "%s", err.text);
	else if (geteuid() == 0)
		map_as_root(finding, pid);
	else
		map_by_helper(finding, pid);
}

/*
 * Opens liblxc, as the lxc backend does. The probe runs in its own child process, so liblxc does
 * not stay mapped in the doctor.
 */
void doctor_liblxc(struct doctor_finding *finding)
{
	struct lxc_library library;
	struct err err;

	if (lxc_library_open(&library, &err) < 0)
		doctor_lack(finding, "apt install liblxc1", "%.150s", err.text);
	else
		doctor_ok(finding, "liblxc %s", library.version());
}

/* Probes lxc-ls and similar tools, which are for the operator. Nodes do not need them. */
void doctor_lxc_tools(struct doctor_finding *finding)
{
	char path[PATH_MAX];

	if (find_in_path("lxc-ls", path, sizeof(path)))
		doctor_ok(finding, "%s", path);
	else
		doctor_lack(finding, "apt install lxc", "no lxc-ls in PATH");
}

/*
 * Probes whether there is a control group to freeze nodes in. Without one, the lxc backend freezes
 * by signals, as the other backends do.
 */
void doctor_lxc_freezer(struct doctor_finding *finding)
{
	char path[PATH_MAX];
	bool found = cgroup_find_own("/proc/self", "freezer", path, sizeof(path)) ||
		     cgroup_find_own("/proc/self", NULL, path, sizeof(path));

	if (!found)
		doctor_lack(finding, "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
			    "no control groups to freeze in; it is done by signals");
	else if (access(path, W_OK) < 0)
		doctor_lack(finding, "systemd-run --user --scope -p Delegate=yes bonsai up",
			    "no control group of our own below %.60s; it is done by signals", path);
	else
		doctor_ok(finding, "below %.120s", path);
}
