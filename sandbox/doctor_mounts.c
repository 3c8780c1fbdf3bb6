/* The doctor's probes of mounts: those of the launcher, those of a node, devpts and overlay. */
#include "sandbox/doctor_probes.h"
#include "sandbox/ids.h"
#include "sandbox/init.h"
#include "sandbox/root.h"

#include "base/cleanup.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* The folder over which the probes mount. They do so in their own mount namespaces only. */
#define PLACE "/tmp"

/*
 * The command that leaves /proc uncovered. A container engine covers parts of /proc, and then the
 * kernel refuses to mount a new procfs.
 */
static const char uncover[] = "docker run --security-opt systempaths=unconfined "
			      "--security-opt apparmor=unconfined … (in a container)";

static int be_launcher(struct err *err)
{
	int r = doctor_unshare(CLONE_NEWNS | CLONE_NEWNET, err);

	return r < 0 ? r : root_make_base(&(struct root_spec){0}, err);
}

void doctor_base(struct doctor_finding *finding)
{
	struct err err;

	if (be_launcher(&err) == 0)
		doctor_ok(finding, "mounted a tmpfs, binds and a sysfs, and pivoted into it");
	else
		doctor_lack(finding, err.code == -ENOSYS ? "a kernel of 5.10 or later" : uncover,
			    "%s", err.text);
}

static int mount_node(void *data)
{
	int answer = *(int *)data;
	struct err err = {0};

	if (root_mount_proc(&err) == 0 && root_mount_sys(&err) == 0)
		root_mount_run(0, &err);
	return write(answer, &err, sizeof(err)) != sizeof(err);
}

/*
 * The pipes of the child that mounts. The child waits for a byte from `ready`: it must not mount
 * before its parent has mapped its ids.
 */
struct stage {
	int ready, answer;
};

static int mount_when_ready(void *data)
{
	struct stage *stage = data;
	char byte;

	if (read(stage->ready, &byte, 1) != 1)
		return 1;
	return mount_node(&stage->answer);
}

void doctor_node_mounts(struct doctor_finding *finding)
{
	int ready[2], answer[2], pidfd;
	struct stage stage;
	struct err err = {0};
	pid_t pid = be_launcher(&err);

	if (pid == 0 && (pipe(ready) < 0 || pipe(answer) < 0))
		pid = err_errno(&err, -errno, "make a pipe");
	if (pid == 0) {
		stage = (struct stage){ready[0], answer[1]};
		pid = doctor_clone(INIT_NAMESPACES, &pidfd, mount_when_ready, &stage, &err);
	}
	if (pid > 0 && ids_map_sandbox(pid, 0, false, &err) < 0)
		pid = err.code;
	if (pid > 0) {
		close(answer[1]);
		if (write(ready[1], "g", 1) != 1 ||
		    read(answer[0], &err, sizeof(err)) != sizeof(err))
			err_text(&err, -EPIPE, "the child that mounts died");
	}
	if (err.code < 0)
		doctor_lack(finding, uncover, "%s", err.text);
	else
		doctor_ok(finding, "mounted those of a node");
}

static int own_mounts(struct err *err)
{
	int r = doctor_unshare(CLONE_NEWNS, err);

	if (r == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		r = err_errno(err, -errno, "make mounts private");
	return r;
}

void doctor_devpts(struct doctor_finding *finding)
{
	struct err err;

	if (own_mounts(&err) < 0)
		doctor_lack(finding, uncover, "%s", err.text);
	else if (mount("devpts", PLACE, "devpts", MS_NOSUID | MS_NOEXEC,
		       "newinstance,ptmxmode=0666") < 0)
		doctor_lack_errno(finding, errno, "a kernel with CONFIG_UNIX98_PTYS", "mount");
	else
		doctor_ok(finding, "mounted one of our own");
}

void doctor_overlay(struct doctor_finding *finding)
{
	static const char *const folders[] = {PLACE "/lower", PLACE "/upper", PLACE "/work",
					      PLACE "/merged"};
	struct err err;

	if (own_mounts(&err) < 0) {
		doctor_lack(finding, uncover, "%s", err.text);
		return;
	}
	if (mount("doctor", PLACE, "tmpfs", 0, "size=1m") < 0) {
		doctor_lack_errno(finding, errno, uncover, "mount a tmpfs");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		mkdir(folders[i], 0755);
	if (mount("doctor", PLACE "/merged", "overlay", 0,
		  "lowerdir=" PLACE "/lower,upperdir=" PLACE "/upper,workdir=" PLACE
		  "/work,userxattr") < 0)
		doctor_lack_errno(
		    finding, errno,
		    errno == ENODEV ? "modprobe overlay" : "a kernel of 5.12 or later", "mount");
	else
		doctor_ok(finding, "mounted one in a user namespace");
}
