/*
 * Starting, joining and ending the launcher, from the asking side. The launcher
 * is forked, unshares, has its ids mapped from outside, and executes this program
 * again: only after an exec inside its own user namespace does that namespace own
 * the memory of everything it clones, which is what lets it look after agents that
 * have made themselves undumpable (ptrace(2), "mm->user_ns").
 */
#include "sandbox/ids.h"
#include "sandbox/privileges.h"
#include "sandbox/proto.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define START_LIMIT_MS 10000
#define STOP_LIMIT_MS 10000
#define LAUNCHER_NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)

/* Kernel switches that forbid unprivileged namespaces, and the value that does. */
static const struct {
	const char *path, *sysctl;
	int forbids, allows;
} switches[] = {
    {"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0, 1},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
     "kernel.apparmor_restrict_unprivileged_userns", 1, 0},
    {"/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", 0, 65536},
    {"/proc/sys/user/max_net_namespaces", "user.max_net_namespaces", 0, 65536},
    {"/proc/sys/user/max_mnt_namespaces", "user.max_mnt_namespaces", 0, 65536},
};

static int read_switch(const char *path)
{
	char text[16] = "";
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	return atoi(text);
}

/* Says why namespaces are refused, with the command that mends it. */
static void refuse_namespaces(struct err *err, int cause)
{
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		if (read_switch(switches[i].path) != switches[i].forbids)
			continue;
		err_text(err, cause,
			 "cannot make user, network and mount namespaces: %s; "
			 "allow it with: sysctl -w %s=%d",
			 strerror(-cause), switches[i].sysctl, switches[i].allows);
		return;
	}
	err_text(err, cause,
		 "cannot make user, network and mount namespaces: %s; inside a container allow "
		 "unshare(2), or see user.max_*_namespaces in sysctl(8)",
		 strerror(-cause));
}

static void __attribute__((noreturn))
become_launcher(int fd, const struct launcher_options *options)
{
	struct tell tell = {.magic = PROTO_MAGIC, .kind = TELL_UNSHARED};
	char fd_arg[16], path[PATH_MAX] = "", go;
	char *argv[] = {(char *)"bonsaid",	  (char *)"--launcher",	  fd_arg,
			(char *)options->backend, (char *)options->agent, NULL};

	if (unshare(LAUNCHER_NAMESPACES) < 0) {
		tell.kind = SANDBOX_FAILED;
		refuse_namespaces(&tell.err, -errno);
	}
	if (tell_send(fd, &tell, NULL, 0) < 0 || tell.kind == SANDBOX_FAILED)
		_exit(1);
	if (recv(fd, &go, 1, 0) != 1)
		_exit(1);
	snprintf(fd_arg, sizeof(fd_arg), "%d", fd);
	fcntl(fd, F_SETFD, 0);
	/* Symbols looked up once here rather than once in every sandbox. */
	setenv("LD_BIND_NOW", "1", 1);
	/* By name where there is one: under valgrind the link itself leads to valgrind. */
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) > 0)
		execv(path, argv);
	execv("/proc/self/exe", argv);
	tell.kind = SANDBOX_FAILED;
	err_errno(&tell.err, -errno, "execute the launcher");
	tell_send(fd, &tell, NULL, 0);
	_exit(1);
}

/* Waits for the launcher's next word of the start; anything but `kind` fails. */
static int hear(int fd, uint32_t kind, int64_t deadline_ns, int fds[TELL_FDS_MAX], struct err *err)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	struct tell tell;
	int r;

	do
		r = poll(&poll_fd, 1, clock_ms_until(deadline_ns, START_LIMIT_MS));
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return err_errno(err, -ETIMEDOUT, "start the launcher");
	r = tell_receive(fd, &tell, fds, 0);
	if (r < 0)
		return err_text(err, r, "start the launcher: it ended before it was ready");
	if (tell.kind == SANDBOX_FAILED) {
		if (err)
			*err = tell.err;
		return tell.err.code ? tell.err.code : -EPROTO;
	}
	if (tell.kind != kind)
		return err_errno(err, -EPROTO, "start the launcher");
	return 0;
}

static int bring_up(struct launcher *launcher, struct err *err)
{
	int64_t deadline_ns = clock_ns() + START_LIMIT_MS * NS_PER_MS;
	int fds[TELL_FDS_MAX];
	int r;

	r = hear(launcher->fd, TELL_UNSHARED, deadline_ns, fds, err);
	if (r < 0)
		return r;
	r = ids_map_launcher(launcher->pid, err);
	if (r < 0)
		return r;
	if (send(launcher->fd, "m", 1, MSG_NOSIGNAL) != 1)
		return err_errno(err, -errno, "start the launcher");
	r = hear(launcher->fd, TELL_READY, deadline_ns, fds, err);
	if (r < 0)
		return r;
	launcher->user_ns = fds[0];
	launcher->net_ns = fds[1];
	return 0;
}

int launcher_start(struct launcher *launcher, const struct launcher_options *options,
		   struct err *err)
{
	struct launcher made = {.fd = -1, .pid = -1, .user_ns = -1, .net_ns = -1};
	int pair[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "start the launcher");
	made.pid = fork();
	if (made.pid < 0) {
		r = -errno;
		close(pair[0]);
		close(pair[1]);
		return err_errno(err, r, "start the launcher");
	}
	if (made.pid == 0) {
		close(pair[0]);
		become_launcher(pair[1], options);
	}
	close(pair[1]);
	made.fd = pair[0];
	r = bring_up(&made, err);
	if (r < 0) {
		launcher_stop(&made);
		return r;
	}
	*launcher = made;
	return 0;
}

int launcher_join(struct launcher *launcher, struct err *err)
{
	if (setns(launcher->user_ns, CLONE_NEWUSER) < 0)
		return err_errno(err, -errno, "join the launcher's user namespace");
	if (setns(launcher->net_ns, CLONE_NEWNET) < 0)
		return err_errno(err, -errno, "join the launcher's network namespace");
	close(steal_fd(&launcher->user_ns));
	close(steal_fd(&launcher->net_ns));
	/* setns gave a full set for the namespace; nothing above the launcher needs any. */
	if (privileges_prepare(err) < 0)
		return err->code;
	return privileges_drop(err);
}

void launcher_stop(struct launcher *launcher)
{
	int64_t deadline_ns = clock_ns() + STOP_LIMIT_MS * NS_PER_MS;

	if (launcher->pid <= 0)
		return;
	cleanup_close(&launcher->fd);
	cleanup_close(&launcher->user_ns);
	cleanup_close(&launcher->net_ns);
	launcher->fd = launcher->user_ns = launcher->net_ns = -1;
	autoclose int pidfd = syscall(SYS_pidfd_open, launcher->pid, 0);
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	while (pidfd >= 0 && poll(&poll_fd, 1, clock_ms_until(deadline_ns, STOP_LIMIT_MS)) < 0)
		if (errno != EINTR)
			break;
	if (pidfd >= 0 && !(poll_fd.revents & POLLIN))
		kill(launcher->pid, SIGKILL);
	while (waitpid(launcher->pid, NULL, 0) < 0 && errno == EINTR)
		;
	launcher->pid = 0;
}
