/* The `lxc` backend, in the launcher: see lxc.h. */
#include "sandbox/lxc.h"

#include "sandbox/backend.h"
#include "sandbox/fdpass.h"
#include "sandbox/freeze.h"
#include "sandbox/ids.h"
#include "sandbox/lxc_orphans.h"
#include "sandbox/privileges.h"
#include "sandbox/root.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#define ANSWER_LIMIT_S 8
#define END_LIMIT_MS 8000
#define NO_NUMBER UINT32_MAX /* number of a request whose reply is not awaited */

static void __attribute__((noreturn)) become_spawner(int fd, const char *folder)
{
	char fd_arg[16], mark[16], path[PATH_MAX] = "";
	char *argv[] = {(char *)"bonsaid", (char *)"--launcher",
			(char *)"spawner", fd_arg,
			(char *)folder,	   NULL};

	snprintf(fd_arg, sizeof(fd_arg), "%d", fd);
	snprintf(mark, sizeof(mark), "%d", (int)getppid());
	setenv(LXC_ORPHANS_MARK, mark, 1);
	fcntl(fd, F_SETFD, 0);
	/* Execute the program by its path if possible: see become_launcher. */
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) > 0)
		execv(path, argv);
	execv("/proc/self/exe", argv);
	_exit(1);
}

static int fork_helper(const char *folder, struct err *err)
{
	const struct timeval limit = {.tv_sec = ANSWER_LIMIT_S};
	int pair[2];
	pid_t pid;

	if (!folder)
		return err_text(err, -EINVAL, "the lxc backend needs a folder for its containers");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "start the spawner");
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	pid = fork();
	if (pid == 0)
		become_spawner(pair[1], folder);
	close(pair[1]);
	if (pid > 0)
		return pair[0];
	close(pair[0]);
	return err_errno(err, -errno, "start the spawner");
}

static int hear(const struct host *host, uint32_t number, struct lxc_tell *tell, struct err *err)
{
	ssize_t n;
	int fd;

	/* Skip late replies to requests that have timed out: their numbers are older. */
	do {
		n = fdpass_receive(host->helper, tell, sizeof(*tell), &fd, NULL, 0);
		cleanup_close(&fd);
	} while (n == (ssize_t)sizeof(*tell) && tell->number != number);
	if (n == -EPIPE || n == -ECONNRESET)
		return err_text(err, -EPIPE,
				"the spawner of containers has ended: the tree's nodes go on, but "
				"there will be no new ones");
	if (n != (ssize_t)sizeof(*tell))
		return err_errno(err, n < 0 ? n : -EPROTO, "hear from the spawner");
	if (tell->err.code < 0 && err)
		*err = tell->err;
	return tell->err.code;
}

static int ask(const struct host *host, struct lxc_ask what, int fd, struct lxc_tell *tell,
	       struct err *err)
{
	static uint32_t last_number;
	int r;

	what.number = ++last_number;
	r = fdpass_send(host->helper, &what, sizeof(what), fd);
	/* If the spawner has closed the socket, hear() reports it. */
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return err_errno(err, r, "ask the spawner");
	return hear(host, what.number, tell, err);
}

static int prepare(struct host *host, const char *agent, struct err *err)
{
	struct root_spec root = {.image = *host->image ? host->image_root : NULL};
	struct lxc_ask mounts = {.op = LXC_MOUNTS};
	autoclose int own = -1;
	struct lxc_tell tell;
	bool by_root;
	int r = hear(host, 0, &tell, err);

	(void)agent;
	if (r == 0)
		r = filter_prepare(&host->filter, err);
	if (r == 0)
		r = privileges_prepare(err);
	if (r == 0 && !ids_find_range(&host->id_first, &host->id_count, &by_root))
		r = err_text(err, -EPERM, "the launcher has no range of ids");
	if (r < 0)
		return r;
	/*
	 * The files of an image have one owner: the first id of the range if root started the
	 * launcher, else the user's own id.
	 */
	host->id_shared = by_root ? host->id_first : 0;
	root.owner = host->id_shared;
	/*
	 * The nodes' id must not own the copy of this program that nodes execute (see
	 * copy_program). So give the copy to another id.
	 */
	if (*host->image && !by_root)
		mounts.root = host->id_first;
	r = root_make_base(&root, err);
	if (r < 0)
		return r;
	own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	return ask(host, mounts, own, &tell, err);
}

static int send_boot(const struct host *host, const struct sandbox_spec *spec, int sync,
		     struct err *err)
{
	const struct sock_fprog *filter = &host->filter.program;
	size_t filter_bytes = filter->len * sizeof(*filter->filter);
	autofree struct lxc_boot *boot = calloc(1, sizeof(*boot));

	if (!boot)
		return err_errno(err, -ENOMEM, "tell the init what it is");
	boot->spec = *spec;
	boot->image = *host->image;
	boot->filter_length = filter->len;
	memcpy(boot->filter, filter->filter, filter_bytes);
	/* Send before the init exists: the message waits in the socket until the init reads it. */
	if (send(sync, boot, offsetof(struct lxc_boot, filter) + filter_bytes, MSG_NOSIGNAL) < 0)
		return err_errno(err, -errno, "tell the init what it is");
	return 0;
}

static uint32_t root_of(const struct host *host, uint32_t id)
{
	return *host->image ? host->id_shared : host->id_first + id % host->id_count;
}

static int start(const struct host *host, const struct sandbox_spec *spec, struct sandbox *sandbox,
		 struct err *err)
{
	const struct lxc_ask what = {
	    .op = LXC_START, .id = spec->id, .root = root_of(host, spec->id)};
	autoclose int sync = -1, theirs = -1;
	const int on = 1;
	struct lxc_tell tell;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "make a socket pair");
	sync = pair[0];
	theirs = pair[1];
	/* SO_PASSCRED: the kernel adds the sender's PID to the init's first message. */
	if (setsockopt(sync, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return err_errno(err, -errno, "make a socket pair");
	r = send_boot(host, spec, sync, err);
	if (r == 0)
		r = ask(host, what, theirs, &tell, err);
	if (r < 0)
		return r;
	/*
	 * The monitor is a child of the launcher: the kernel cannot reuse its PID before the
	 * launcher reaps it.
	 */
	sandbox->keeper = syscall(SYS_pidfd_open, tell.pid, 0);
	if (sandbox->keeper < 0)
		return err_errno(err, -errno, "open the monitor");
	sandbox->sync = steal_fd(&sync);
	return 0;
}

static int greet(struct sandbox *sandbox, struct err *err)
{
	struct lxc_failure failure;
	autoclose int pidfd = -1;
	pid_t pid;
	ssize_t n =
	    fdpass_receive(sandbox->sync, &failure, sizeof(failure), &pidfd, &pid, MSG_DONTWAIT);

	if (n == -EAGAIN)
		return -EAGAIN;
	if (n == sizeof(failure) && failure.err.code < 0) {
		failure.err.text[sizeof(failure.err.text) - 1] = '\0';
		*err = failure.err;
		return failure.err.code;
	}
	if (n != 1 || failure.kind != LXC_HELLO || pidfd < 0 || pid <= 0)
		return err_errno(err, n < 0 ? n : -EPROTO, "hear from the container's init");
	sandbox->pid = pid;
	sandbox->pidfd = steal_fd(&pidfd);
	return 0;
}

/*
 * Freezes the sandbox by liblxc, which uses a control group. If liblxc has no control group or
 * fails, freezes the sandbox by signals, as the other backends do.
 */
static int stop(const struct host *host, struct sandbox *sandbox, struct err *err)
{
	const struct lxc_ask what = {.op = LXC_FREEZE, .id = sandbox->id};
	const struct lxc_ask undo = {.op = LXC_THAW, .id = sandbox->id, .number = NO_NUMBER};
	struct lxc_tell tell;
	int r;

	if (sandbox->frozen || ask(host, what, -1, &tell, err) == 0) {
		sandbox->frozen = true;
		return 0;
	}
	/*
	 * If the spawner was only too slow, it may still freeze the sandbox later: send it a
	 * request to undo that.
	 */
	fdpass_send(host->helper, &undo, sizeof(undo), -1);
	hierarchies_thaw(&host->hierarchies, sandbox->id);
	r = freeze_sandbox(sandbox->pidfd, true, err);
	sandbox->stopped = r == 0;
	return r;
}

/*
 * Undoes every kind of freeze. Otherwise the sandbox could count as thawed but stay stopped, and
 * nothing would thaw it later. If liblxc fails or is too slow, thaws by writing to the control
 * group directly, as liblxc does.
 */
static int go_on(const struct host *host, struct sandbox *sandbox, struct err *err)
{
	const struct lxc_ask what = {.op = LXC_THAW, .id = sandbox->id};
	struct lxc_tell tell;
	int r = 0;

	if (!sandbox->frozen || ask(host, what, -1, &tell, err) < 0)
		hierarchies_thaw(&host->hierarchies, sandbox->id);
	if (!sandbox->frozen || sandbox->stopped)
		r = freeze_sandbox(sandbox->pidfd, false, err);
	if (r == 0)
		sandbox->frozen = sandbox->stopped = false;
	return r;
}

static int freeze(const struct host *host, struct sandbox *sandbox, bool frozen, struct err *err)
{
	return frozen ? stop(host, sandbox, err) : go_on(host, sandbox, err);
}

/*
 * Thaws the sandbox's control groups: in version 1 a process in a frozen group does not die even of
 * SIGKILL.
 */
static void let_die(const struct host *host, const struct sandbox *sandbox)
{
	hierarchies_thaw(&host->hierarchies, sandbox->id);
}

/* From <linux/pidfd.h> of Linux 6.15: what a pidfd tells of a process that has been reaped. */
struct pidfd_info_exit {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define PIDFD_INFO_EXIT_MASK (1u << 3)
#define PIDFD_GET_INFO_EXIT _IOWR(0xFF, 11, struct pidfd_info_exit)

/*
 * Corrects the signal in `info`. liblxc does not say which signal killed an init, so the monitor
 * always ends by SIGKILL, the most likely signal. Since Linux 6.15 the init's pidfd tells the
 * signal.
 */
static void how_ended(const struct sandbox *sandbox, siginfo_t *info)
{
	struct pidfd_info_exit exit = {.mask = PIDFD_INFO_EXIT_MASK};

	if (info->si_code == CLD_EXITED || sandbox->pidfd < 0 ||
	    ioctl(sandbox->pidfd, PIDFD_GET_INFO_EXIT, &exit) < 0 ||
	    !(exit.mask & PIDFD_INFO_EXIT_MASK) || !WIFSIGNALED(exit.exit_code))
		return;
	info->si_status = WTERMSIG(exit.exit_code);
}

static void clear(const struct host *host, const struct sandbox *sandbox)
{
	const struct lxc_ask what = {
	    .op = LXC_CLEAR, .id = sandbox->id, .unborn = sandbox->pidfd < 0};

	fdpass_send(host->helper, &what, sizeof(what), -1);
}

static void end(struct host *host)
{
	close(steal_fd(&host->helper));
	/* The spawner is the only child that the launcher still has. Give up after END_LIMIT_MS. */
	for (int waited_ms = 0; waited_ms < END_LIMIT_MS && waitpid(-1, NULL, WNOHANG) >= 0;
	     waited_ms++)
		poll(NULL, 0, 1);
}

const struct backend backend_lxc = {
    .name = "lxc",
    .number = 3,
    .isolated = true,
    .maps_ids = true,
    .groups = true,
    .fork_helper = fork_helper,
    .prepare = prepare,
    .start = start,
    .greet = greet,
    .freeze = freeze,
    .let_die = let_die,
    .how_ended = how_ended,
    .clear = clear,
    .end = end,
};
