/*
 * The doctor's probes of namespaces, and of what an init does last in its set-up: drop its
 * privileges and load its seccomp filter.
 */
#include "sandbox/doctor_probes.h"
#include "sandbox/filter.h"
#include "sandbox/init.h"
#include "sandbox/privileges.h"
#include "sandbox/switches.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define AT_ONCE 100 /* how many namespaces of each kind doctor_many_ns holds at once */
#define WAIT_MS 5000
#define TRIES 20

static const char container_mend[] = "docker run --security-opt seccomp=unconfined --security-opt "
				     "apparmor=unconfined … (in a container)";

/*
 * Writes what the user must do so that namespaces can be made: change a setting or limit of the
 * kernel, use a newer kernel, or give options to a container engine.
 */
static void mend_namespaces(int error, char *mend, size_t size)
{
	if (switches_mend(error, mend, size))
		return;
	if (error == -ENOSPC)
		snprintf(mend, size,
			 "sysctl -w user.max_user_namespaces=65536 user.max_net_namespaces=65536");
	else if (error == -EINVAL || error == -ENOSYS)
		snprintf(
		    mend, size,
		    "a kernel of 5.10 or later, with CONFIG_USER_NS, CONFIG_NET_NS, CONFIG_PID_NS");
	else
		snprintf(mend, size, "%s", container_mend);
}

static int put(const char *path, const char *text, struct err *err)
{
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_errno(err, -errno, "write %s", path);
	return 0;
}

/*
 * The kernel removes the namespaces of earlier probes some time after their last process has ended.
 * Until then it counts them against its limits. If -ENOSPC may come from that, sleeps and returns
 * true: the caller tries again.
 */
static bool may_clear(int code, int *tries)
{
	static const struct timespec nap = {0, 50 * NS_PER_MS};
	char mend[80];

	if (code != -ENOSPC || ++*tries > TRIES || switches_mend(code, mend, sizeof(mend)))
		return false;
	nanosleep(&nap, NULL);
	return true;
}

int doctor_unshare(int flags, struct err *err)
{
	char uid_map[32], gid_map[32];
	int r, tries = 0;

	snprintf(uid_map, sizeof(uid_map), "0 %u 1\n", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1\n", getegid());
	while (unshare(CLONE_NEWUSER | flags) < 0) {
		int code = -errno;

		if (!may_clear(code, &tries))
			return err_errno(err, code, "unshare");
	}
	r = put("/proc/self/setgroups", "deny", err);
	if (r == 0)
		r = put("/proc/self/uid_map", uid_map, err);
	return r < 0 ? r : put("/proc/self/gid_map", gid_map, err);
}

pid_t doctor_clone(uint64_t flags, int *pidfd, int (*run)(void *), void *data, struct err *err)
{
	struct clone_args args = {
	    .flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
	    .pidfd = (uintptr_t)pidfd,
	    .exit_signal = SIGCHLD,
	};
	int tries = 0;
	pid_t pid;

	while ((pid = syscall(SYS_clone3, &args, sizeof(args))) < 0) {
		int code = -errno;

		if (!may_clear(code, &tries))
			return err_errno(err, code, "clone3");
	}
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(run(data));
	}
	return pid;
}

/* Waits for `pid`. Returns its exit status, or -1 if it did not exit by itself. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void lack_namespaces(struct doctor_finding *finding, const struct err *err)
{
	char mend[sizeof(finding->mend)];

	mend_namespaces(err->code, mend, sizeof(mend));
	doctor_lack(finding, mend, "%s", err->text);
}

void doctor_user_ns(struct doctor_finding *finding)
{
	unsigned uid = geteuid();
	struct err err;

	if (doctor_unshare(CLONE_NEWUTS, &err) < 0) {
		lack_namespaces(finding, &err);
		return;
	}
	/*
	 * AppArmor may allow a process to make the user namespace and still deny it the
	 * capabilities in that namespace. So use one of these capabilities.
	 */
	if (sethostname("doctor", 6) < 0) {
		err_errno(&err, -errno, "use a capability in one");
		lack_namespaces(finding, &err);
		return;
	}
	doctor_ok(finding, "made one as user %u, with its capabilities", uid);
}

static int end_well(void *data)
{
	(void)data;
	return 0;
}

void doctor_all_ns(struct doctor_finding *finding)
{
	struct pollfd fd = {.fd = -1, .events = POLLIN};
	struct err err;
	pid_t pid = doctor_unshare(CLONE_NEWNS | CLONE_NEWNET, &err);

	if (pid == 0)
		pid = doctor_clone(INIT_NAMESPACES, &fd.fd, end_well, NULL, &err);
	if (pid < 0) {
		lack_namespaces(finding, &err);
		return;
	}
	if (poll(&fd, 1, WAIT_MS) != 1)
		doctor_lack(finding, "a kernel of 5.10 or later",
			    "its pidfd doesn't tell that a child ended");
	else if (wait_for(pid) != 0)
		doctor_lack(finding, "dmesg", "the child that was cloned died");
	else
		doctor_ok(finding, "cloned a child into seven, with a pidfd");
}

static int wait_for_end(void *data)
{
	(void)data;
	pause(); /* sleeps until the doctor kills this process after the probe */
	return 1;
}

void doctor_setns(struct doctor_finding *finding)
{
	struct err err;
	int pidfd = -1;
	pid_t pid = doctor_unshare(CLONE_NEWNS | CLONE_NEWNET, &err);

	if (pid == 0)
		pid = doctor_clone(INIT_NAMESPACES, &pidfd, wait_for_end, NULL, &err);
	if (pid < 0)
		lack_namespaces(finding, &err);
	else if (setns(pidfd, CLONE_NEWNET) < 0)
		doctor_lack_errno(finding, errno, "a kernel of 5.10 or later", "setns");
	else
		doctor_ok(finding, "entered a child's network namespace");
}

/*
 * Returns the lowest of the limits on the number of namespaces of each kind in this user namespace.
 * -1: no limit could be read.
 */
static long least_limit(void)
{
	static const char *const kinds[] = {"user", "pid", "mnt", "net", "uts", "ipc", "cgroup"};
	long least = -1;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char path[64], text[24] = "";
		long limit;

		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kinds[i]);
		autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
			continue;
		limit = atol(text);
		if (least < 0 || limit < least)
			least = limit;
	}
	return least;
}

void doctor_many_ns(struct doctor_finding *finding)
{
	long limit = least_limit();
	struct err err;
	int held = 0, pidfd, r;

	r = doctor_unshare(CLONE_NEWNS | CLONE_NEWNET, &err);
	while (r >= 0 && held < AT_ONCE) {
		r = doctor_clone(INIT_NAMESPACES, &pidfd, wait_for_end, NULL, &err);
		if (r >= 0) {
			close(pidfd);
			held++;
		}
	}
	if (r < 0 && held == 0)
		lack_namespaces(finding, &err);
	else if (r < 0)
		doctor_lack(finding,
			    r == -EAGAIN ? "ulimit -u 16384"
					 : "sysctl -w user.max_user_namespaces=65536 "
					   "user.max_net_namespaces=65536",
			    "no more than %d at once: %s", held, strerror(-r));
	else if (limit >= 0 && limit < DOCTOR_MANY_NODES)
		doctor_lack(
		    finding,
		    "sysctl -w user.max_user_namespaces=65536 user.max_net_namespaces=65536",
		    "room for %ld nodes (user.max_*_namespaces)", limit);
	else
		doctor_ok(finding, "held %d of each at once; room for %ld", held, limit);
}

void doctor_privileges(struct doctor_finding *finding)
{
	struct err err;

	if (doctor_unshare(0, &err) < 0 || privileges_prepare(&err) < 0 ||
	    privileges_drop(0, 0, &err) < 0)
		doctor_lack(finding, container_mend, "%s", err.text);
	else
		doctor_ok(finding, "no capabilities, no_new_privs");
}

void doctor_seccomp(struct doctor_finding *finding)
{
	struct filter filter;
	struct err err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		doctor_lack_errno(finding, errno, "a kernel of 3.5 or later", "no_new_privs");
	else if (filter_compile(&filter, &err) < 0 || filter_load(&filter, &err) < 0)
		doctor_lack(finding, "a kernel with CONFIG_SECCOMP_FILTER", "%s", err.text);
	else
		doctor_ok(finding, "loaded that of the nodes");
}
