/*
 * Starting, joining and ending the launcher, from the client's side. The client forks the launcher.
 * The launcher unshares, the client maps its ids from outside, and the launcher executes this
 * program again. Only after an exec inside its own user namespace does that namespace own the
 * memory of every process that the launcher clones. Then the launcher may inspect agents that have
 * made themselves undumpable (ptrace(2), "mm->user_ns").
 */
#include "sandbox/backend.h"
#include "sandbox/filter.h"
#include "sandbox/ids.h"
#include "sandbox/privileges.h"
#include "sandbox/proto.h"
#include "sandbox/switches.h"

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
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#define START_LIMIT_MS 10000
#define STOP_LIMIT_MS 10000
#define LAUNCHER_NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)

/* Describes in `err` why the kernel refuses namespaces, with the command that allows them. */
static void refuse_namespaces(struct err *err, int cause)
{
	char command[80];

	if (switches_mend(cause, command, sizeof(command)))
		err_text(err, cause,
			 "cannot make user, network and mount namespaces: %s; "
			 "allow it with: %s",
			 strerror(-cause), command);
	else
		err_text(err, cause,
			 "cannot make user, network and mount namespaces: %s; inside a container "
			 "allow unshare(2), or see user.max_*_namespaces in sysctl(8)",
			 strerror(-cause));
}

static int leave_helper(const struct backend *backend, const struct launcher_options *options,
			struct tell *tell)
{
	int helper = backend->fork_helper(options->folder, &tell->err);

	if (helper >= 0 && unshare(LAUNCHER_NAMESPACES & ~CLONE_NEWUSER) < 0) {
		refuse_namespaces(&tell->err, -errno);
		close(steal_fd(&helper));
	}
	tell->kind = SANDBOX_FAILED;
	return helper;
}

/*
 * Lets the descriptors of the launcher pass through exec, and puts the number of the filter's
 * descriptor into the environment.
 */
static void hand_over(int fd, int listen, const struct launcher_options *options)
{
	char number[16];

	fcntl(fd, F_SETFD, 0);
	if (listen >= 0)
		fcntl(listen, F_SETFD, 0);
	if (options->keep >= 0)
		fcntl(options->keep, F_SETFD, 0);
	if (options->image)
		fcntl(options->image_fd, F_SETFD, 0);
	/*
	 * Remove a variable of that name that the operator may have set: it could name any
	 * descriptor.
	 */
	unsetenv(FILTER_ENV);
	if (options->filter) {
		fcntl(options->filter, F_SETFD, 0);
		snprintf(number, sizeof(number), "%d", options->filter);
		setenv(FILTER_ENV, number, 1);
	}
}

static void __attribute__((noreturn))
become_launcher(int fd, int listen, const struct launcher_options *options)
{
	struct tell tell = {.magic = PROTO_MAGIC, .kind = TELL_UNSHARED};
	const struct backend *backend = backend_find(options->backend);
	char fd_arg[16], listen_arg[16], helper_arg[16], path[PATH_MAX], go;
	ssize_t len;
	char *argv[] = {(char *)"bonsaid",
			(char *)"--launcher",
			fd_arg,
			listen_arg,
			(char *)options->backend,
			(char *)options->agent,
			(char *)(options->image ? options->image : ""),
			(char *)(options->image ? options->image_root : ""),
			helper_arg,
			NULL};
	bool early = backend && backend->fork_helper;
	int helper = -1;

	/*
	 * The backend's helper must stay in the host's network, so fork it before unsharing the
	 * network namespace.
	 */
	if (unshare(early ? CLONE_NEWUSER : LAUNCHER_NAMESPACES) < 0) {
		tell.kind = SANDBOX_FAILED;
		refuse_namespaces(&tell.err, -errno);
	}
	if (tell_send(fd, &tell, NULL, 0, 0) < 0 || tell.kind == SANDBOX_FAILED)
		_exit(1);
	if (recv(fd, &go, 1, 0) != 1)
		_exit(1);
	if (early) {
		helper = leave_helper(backend, options, &tell);
		if (helper < 0) {
			tell_send(fd, &tell, NULL, 0, 0);
			_exit(1);
		}
		fcntl(helper, F_SETFD, 0);
	}
	snprintf(helper_arg, sizeof(helper_arg), "%d", helper);
	snprintf(fd_arg, sizeof(fd_arg), "%d", fd);
	snprintf(listen_arg, sizeof(listen_arg), "%d", listen);
	hand_over(fd, listen, options);
	/* Have the dynamic linker resolve all symbols once here, not once in every sandbox. */
	setenv("LD_BIND_NOW", "1", 1);
	/*
	 * Execute the program by its path if possible: under valgrind, executing /proc/self/exe
	 * would start valgrind's own program.
	 */
	len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	path[len > 0 ? len : 0] = '\0';
	if (len > 0)
		execv(path, argv);
	execv("/proc/self/exe", argv);
	tell.kind = SANDBOX_FAILED;
	err_errno(&tell.err, -errno, "execute the launcher");
	tell_send(fd, &tell, NULL, 0, 0);
	_exit(1);
}

/*
 * Waits for the next message of the starting launcher. A message of another kind than `kind` is an
 * error; SANDBOX_FAILED contains the launcher's own error.
 */
static int hear(int fd, uint32_t kind, int64_t deadline_ns, struct tell *said,
		int fds[TELL_FDS_MAX], struct err *err)
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
	*said = tell;
	return 0;
}

static int hear_welcome(struct launcher *launcher, int64_t deadline_ns, struct err *err)
{
	int fds[TELL_FDS_MAX];
	const struct backend *backend;
	struct tell ready;
	int r = hear(launcher->fd, TELL_READY, deadline_ns, &ready, fds, err);

	if (r < 0)
		return r;
	launcher->user_ns = fds[0];
	launcher->net_ns = fds[1];
	launcher->pid = ready.pid;
	launcher->isolated = ready.status;
	backend = backend_of(ready.signal);
	launcher->backend = backend ? backend->name : ready.status ? "ns" : "process";
	launcher->note = ready.note;
	launcher->limits = ready.limits;
	snprintf(launcher->image, sizeof(launcher->image), "%.*s", (int)sizeof(launcher->image) - 1,
		 ready.err.text);
	launcher->generation = (uint32_t)ready.ticket;
	return 0;
}

static int bring_up(struct launcher *launcher, const struct launcher_options *options,
		    struct err *err)
{
	const struct backend *backend = backend_find(options->backend);
	int64_t deadline_ns = clock_ns() + START_LIMIT_MS * NS_PER_MS;
	int fds[TELL_FDS_MAX];
	struct tell tell;
	int r;

	r = hear(launcher->fd, TELL_UNSHARED, deadline_ns, &tell, fds, err);
	if (r < 0)
		return r;
	r = backend && backend->maps_ids
		? ids_map_launcher_range(launcher->pid, options->uid_first, options->uid_count, err)
		: ids_map_launcher(launcher->pid, options->uid_first, options->uid_count, err);
	if (r < 0)
		return r;
	if (send(launcher->fd, "m", 1, MSG_NOSIGNAL) != 1)
		return err_errno(err, -errno, "start the launcher");
	return hear_welcome(launcher, deadline_ns, err);
}

static int unix_address(struct sockaddr_un *address, const char *path, struct err *err)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return err_errno(err, -ENAMETOOLONG, "use the launcher's socket %s", path);
	strcpy(address->sun_path, path);
	return 0;
}

static int open_listener(const char *path, struct err *err)
{
	autoclose int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	int r = unix_address(&address, path, err);

	if (r < 0)
		return r;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		return err_errno(err, -errno, "listen at %s", path);
	return steal_fd(&fd);
}

int launcher_start(struct launcher *launcher, const struct launcher_options *options,
		   struct err *err)
{
	struct launcher made = {.fd = -1, .pid = -1, .user_ns = -1, .net_ns = -1};
	autoclose int listener = -1, ours = -1, theirs = -1;
	int pair[2];
	int r;

	if (options->socket) {
		listener = open_listener(options->socket, err);
		if (listener < 0)
			return listener;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "start the launcher");
	ours = pair[0];
	theirs = pair[1];
	made.pid = fork();
	if (made.pid < 0)
		return err_errno(err, -errno, "start the launcher");
	if (made.pid == 0)
		become_launcher(theirs, listener, options);
	close(steal_fd(&theirs)); /* else the client would never see end of file */
	made.fd = steal_fd(&ours);
	r = bring_up(&made, options, err);
	if (r < 0) {
		launcher_stop(&made);
		return r;
	}
	*launcher = made;
	return 0;
}

int launcher_attach(struct launcher *launcher, const char *path, struct err *err)
{
	const struct timeval limit = {.tv_sec = START_LIMIT_MS / 1000};
	struct launcher made = {.user_ns = -1, .net_ns = -1};
	autoclose int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	int r = unix_address(&address, path, err);

	if (r < 0)
		return r;
	/* Time-out for connect(2), which blocks while the queue of connections is full. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_errno(err, -errno, "attach to the launcher at %s", path);
	made.fd = fd;
	r = hear_welcome(&made, clock_ns() + START_LIMIT_MS * NS_PER_MS, err);
	if (r < 0)
		return r;
	steal_fd(&fd);
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
	/*
	 * setns(2) gave all capabilities in that namespace. Keep those of an agent: the controller
	 * is the root's parent, so it binds an agent's port.
	 */
	if (privileges_prepare(err) < 0)
		return err->code;
	return privileges_drop(0, privileges_of_agent(), err);
}

void launcher_leave(struct launcher *launcher)
{
	cleanup_close(&launcher->fd);
	cleanup_close(&launcher->user_ns);
	cleanup_close(&launcher->net_ns);
	launcher->fd = launcher->user_ns = launcher->net_ns = -1;
	launcher->pid = 0;
}

void launcher_stop(struct launcher *launcher)
{
	int64_t deadline_ns = clock_ns() + STOP_LIMIT_MS * NS_PER_MS;
	const struct ask_header end = {PROTO_MAGIC, ASK_END, 0};
	pid_t pid;

	if (launcher->pid <= 0)
		return;
	/*
	 * If this send fails, closing the socket also ends the launcher, unless the launcher has a
	 * listening socket and keeps its sandboxes.
	 */
	if (launcher->fd >= 0)
		send(launcher->fd, &end, sizeof(end), MSG_NOSIGNAL | MSG_DONTWAIT);
	pid = launcher->pid;
	launcher_leave(launcher);
	autoclose int pidfd = syscall(SYS_pidfd_open, pid, 0);
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	while (pidfd >= 0 && poll(&poll_fd, 1, clock_ms_until(deadline_ns, STOP_LIMIT_MS)) < 0)
		if (errno != EINTR)
			break;
	if (pidfd >= 0 && !(poll_fd.revents & POLLIN))
		kill(pid, SIGKILL);
	/*
	 * If the client has attached to the launcher, this fails with ECHILD: the launcher's parent
	 * reaps it.
	 */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
