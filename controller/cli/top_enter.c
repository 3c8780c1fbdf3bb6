#include "controller/cli/top_enter.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/verbs.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#define HANG_UP_MS 2000 /* time for the child to end after SIGHUP, before SIGKILL */

/* Executes the bonsai program again, in place of this process. argv[0] is "bonsai". */
static void __attribute__((noreturn)) become(const char *const argv[])
{
	char path[PATH_MAX] = "";

	session_give_back_signals();
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) > 0)
		execv(path, (char *const *)argv);
	perror("Error: cannot run bonsai");
	_exit(127);
}

/*
 * Waits for the child's end. If a signal ends the session, or the controller dies, ends the child.
 * Returns the child's exit status, or 128 + the signal that killed the child.
 */
static int wait_for(struct session *session, pid_t pid)
{
	autoclose int pidfd = pidfd_open(pid, 0);
	struct pollfd fds[] = {
	    {pidfd, POLLIN, 0}, {session->signals, POLLIN, 0}, {session->daemon.pidfd, POLLIN, 0}};
	int status = 0;

	while (!session->end && !(fds[0].revents & POLLIN)) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents || fds[2].revents)
			session_wait(session, 0, 0);
		/* The terminal sends each ^C to the child too, so bonsai ignores it. */
		session->interrupts = 0;
	}
	if (!(fds[0].revents & POLLIN)) {
		kill(pid, SIGHUP);
		if (poll(fds, 1, HANG_UP_MS) != 1)
			kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void wait_for_enter(struct session *session, int status)
{
	printf("\nStatus %d. Enter goes back. ", status);
	fflush(stdout);
	while (!session->end && !(session_wait(session, WAIT_INPUT, -1) & WAIT_INPUT))
		session->interrupts = 0;
}

/*
 * Runs bonsai as a child process at the terminal, and waits for its end. Meanwhile the operator's
 * keys go to the child. Returns the child's exit status.
 */
static int run(struct session *session, const char *const argv[])
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return 128;
	if (!pid)
		become(argv);
	session->soft_interrupt = true;
	status = wait_for(session, pid);
	session->soft_interrupt = false;
	session->interrupts = 0;
	return status;
}

int top_enter(struct session *session, const char *tree, int64_t node)
{
	char id[24];
	const char *argv[] = {"bonsai", "--tree", tree, "enter", id, NULL};
	int status;

	snprintf(id, sizeof(id), "%lld", (long long)node);
	/*
	 * The terminal sends ^C and ^Z to both bonsai and the child. ^Z stops both processes, so
	 * that the shell continues.
	 */
	session_take_terminal(session, false);
	status = run(session, argv);
	session->soft_interrupt = true;
	if (status)
		wait_for_enter(session, status);
	session->soft_interrupt = false;
	session_take_terminal(session, true);
	session->resized = true;
	return status;
}

int verb_top(struct repl *repl, char *const *args, size_t count)
{
	struct session *session = repl->session;
	const char *dir = session->daemon.dir, *slash = strrchr(dir, '/');
	/*
	 * Name the tree by its folder: a tree that bonsai started for its own session has no other
	 * name.
	 */
	const char *argv[] = {"bonsai",
			      "--tree",
			      slash ? slash + 1 : dir,
			      "top",
			      session->options->no_color ? "--no-color" : NULL,
			      NULL};

	(void)args;
	(void)count;
	if (!session->interactive) {
		session_complain(session, "top needs a terminal to be shown on and typed at");
		return 0;
	}
	session_flush(session);
	run(session, argv);
	return 0;
}
