#include "vm/keeper.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_NS (10 * NS_PER_S)
#define PAUSE_US 1000

static void __attribute__((noreturn))
execute(const struct engine_plan *plan, const struct engine_fds *fds, const struct scratch *scratch)
{
	const int kept[] = {fds->channel, fds->console, fds->initrd};

	setpgid(0, 0); /* the engine and all its descendants stay in this process group */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		fcntl(kept[i], F_SETFD, 0);
	if (plan->wants_scratch) {
		setenv("HOME", scratch->path, 1);
		setenv("TMPDIR", scratch->path, 1);
	}
	dup2(fds->console, STDOUT_FILENO);
	dup2(fds->console, STDERR_FILENO);
	signals_reset();
	execv(plan->program, plan->args);
	dprintf(STDERR_FILENO, "%s: %s\n", plan->program, strerror(errno));
	_exit(127);
}

static void kill_children(void)
{
	FILE *children = fopen("/proc/thread-self/children", "re");
	pid_t pid;

	while (children && fscanf(children, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (children)
		fclose(children);
}

/*
 * Kills the engine's process group and reaps it. If `others` is set, does the same with all other
 * children of this process. Children of a killed process become children of this process, so the
 * function repeats until none is left, for at most LIMIT_NS.
 */
static void end_all(pid_t engine, bool others)
{
	int64_t deadline_ns = clock_ns() + LIMIT_NS;
	pid_t ended;

	kill(-engine, SIGKILL);
	do {
		if (others)
			kill_children();
		while ((ended = waitpid(others ? -1 : -engine, NULL, WNOHANG)) > 0)
			;
		if (ended < 0 && errno == ECHILD)
			return;
		usleep(PAUSE_US);
	} while (clock_ns() < deadline_ns);
}

/*
 * Waits until the caller or the engine has ended. Also reaps other children, and ignores how they
 * ended.
 */
static void keep(int line, int signals, pid_t engine)
{
	struct pollfd fds[] = {{line, POLLIN, 0}, {signals, POLLIN, 0}};
	struct signalfd_siginfo info;
	pid_t pid;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents)
			return;
		while (read(signals, &info, sizeof(info)) > 0)
			;
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			if (pid == engine)
				return;
	}
}

static void __attribute__((noreturn))
work(int line, const struct engine_plan *plan, const struct engine_fds *fds,
     const struct scratch *scratch)
{
	struct scratch own = *scratch;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), signals;
	sigset_t all;
	pid_t engine;

	setsid();
	prctl(PR_SET_NAME, "bonsai-keeper");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	engine = signals < 0 ? -1 : fork();
	if (engine == 0)
		execute(plan, fds, scratch);
	close(fds->channel);
	close(fds->console);
	close(fds->initrd);
	/*
	 * If the caller has ended already, this write fails. Then do not wait, and end the engine
	 * at once.
	 */
	if (write(line, &engine, sizeof(engine)) == sizeof(engine) && engine > 0)
		keep(line, signals, engine);
	if (engine > 0)
		end_all(engine, true);
	scratch_remove(&own);
	_exit(0);
}

int keeper_start(struct keeper *keeper, const struct engine_plan *plan,
		 const struct engine_fds *fds, const struct scratch *scratch, struct err *err)
{
	int ends[2];

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	*keeper = (struct keeper){.pid = -1, .engine = -1, .line = -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, -errno, "start %s", plan->program);
	keeper->pid = fork();
	if (keeper->pid == 0) {
		close(ends[0]);
		work(ends[1], plan, fds, scratch);
	}
	close(ends[1]);
	if (keeper->pid < 0) {
		close(ends[0]);
		return err_errno(err, -errno, "start %s", plan->program);
	}
	keeper->line = ends[0];
	if (read(keeper->line, &keeper->engine, sizeof(pid_t)) != sizeof(pid_t) ||
	    keeper->engine < 0) {
		keeper_end(keeper);
		return err_errno(err, -EAGAIN, "start %s", plan->program);
	}
	return 0;
}

bool keeper_end(struct keeper *keeper)
{
	int status = 0;

	if (keeper->pid <= 0)
		return true;
	close(steal_fd(&keeper->line));
	while (waitpid(keeper->pid, &status, 0) < 0 && errno == EINTR)
		;
	keeper->pid = -1;
	if (WIFEXITED(status))
		return true;
	/*
	 * The keeper did not exit normally: end the engine here. Kill only the engine's group,
	 * because this process may have other children.
	 */
	end_all(keeper->engine, false);
	return false;
}
