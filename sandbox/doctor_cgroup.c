/*
 * The doctor's probes of control groups. Each probe makes a group below the doctor's own group, in
 * the hierarchies that the probe is about, and removes the new group at once. No process is moved.
 */
#include "sandbox/doctor_probes.h"

#include "sandbox/cgroup_io.h"
#include "sandbox/cgroup_place.h"

#include "base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF "/proc/self"

/* Makes and removes a group below `path`. Returns 0 or a negative errno. */
static int try_group(const char *path)
{
	char group[PATH_MAX + 32];

	snprintf(group, sizeof(group), "%s/bonsai-doctor-%d", path, (int)getpid());
	if (mkdir(group, 0700) < 0)
		return -errno;
	return rmdir(group) < 0 ? -errno : 0;
}

/*
 * Writes the command that gives the user a control group of his own. `path` is the doctor's own
 * group.
 */
static void delegate(const char *path, char *command, size_t size)
{
	bool systemd = access("/run/systemd/system", F_OK) == 0;
	char mount[512];

	/*
	 * In version 2 a group that contains processes cannot hand controllers on. So the new group
	 * must lie below the root of the hierarchy, not below the doctor's.
	 */
	if (cgroup_find_mount(SELF, NULL, mount, sizeof(mount)) &&
	    !strncmp(path, mount, strlen(mount)))
		path = mount;
	if (systemd)
		snprintf(command, size, "systemd-run%s --scope -p Delegate=yes bonsai up",
			 geteuid() ? " --user" : "");
	else
		snprintf(command, size,
			 "cd %.60s && mkdir bonsai && chown -R %u bonsai && echo PID "
			 ">bonsai/cgroup.procs (as root; PID: of this shell)",
			 path, geteuid());
}

static void lack_group(struct doctor_finding *finding, const char *path, int error)
{
	char command[sizeof(finding->mend)];

	delegate(path, command, sizeof(command));
	doctor_lack(finding, command, "below %.110s: %s", path, strerror(-error));
}

void doctor_cgroup(struct doctor_finding *finding)
{
	static const char *const kinds[] = {NULL, "memory", "pids", "cpu"};
	char path[PATH_MAX] = "";
	bool mounted = false;
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && r < 0; i++) {
		if (!cgroup_find_own(SELF, kinds[i], path, sizeof(path)))
			continue;
		mounted = true;
		r = try_group(path);
		if (r == 0)
			doctor_ok(finding, "version %d, made one below %.120s", kinds[i] ? 1 : 2,
				  path);
	}
	if (!mounted)
		doctor_lack(finding, "mount -t cgroup2 cgroup2 /sys/fs/cgroup", "none is mounted");
	else if (r < 0)
		lack_group(finding, path, r);
}

static void try_controller(struct doctor_finding *finding, const char *controller)
{
	char path[PATH_MAX], command[sizeof(finding->mend)];
	bool unified;
	int r;

	if (!cgroup_find_place(SELF, controller, path, sizeof(path), &unified)) {
		delegate("/sys/fs/cgroup", command, sizeof(command));
		doctor_lack(finding, command, "not among those of our group");
		return;
	}
	r = try_group(path);
	if (r < 0)
		lack_group(finding, path, r);
	else
		doctor_ok(finding, "version %d, in %.130s", unified ? 2 : 1, path);
}

void doctor_cgroup_memory(struct doctor_finding *finding)
{
	try_controller(finding, "memory");
}

void doctor_cgroup_pids(struct doctor_finding *finding)
{
	try_controller(finding, "pids");
}

void doctor_cgroup_cpu(struct doctor_finding *finding)
{
	try_controller(finding, "cpu");
}

void doctor_cgroup_io(struct doctor_finding *finding)
{
	struct disks disks;

	disks_find(&disks, "/sys/block");
	if (disks.count)
		try_controller(finding, "io");
	else
		doctor_lack(finding, "", "no disk is to be seen in /sys/block");
	disks_release(&disks);
}
