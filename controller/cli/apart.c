#include "controller/cli/apart.h"

#include "base/clock.h"
#include "base/cleanup.h"
#include "base/signals.h"
#include "controller/cli/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_CHANCE_S 15 /* seconds for the child to end after SIGTERM; a recipe needs up to 10 */
#define FOR_EVER_S 1000000000LL

static void take_signals(sigset_t *set, sigset_t *before)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	signals_add_endings(set);
	sigprocmask(SIG_BLOCK, set, before);
}

static void __attribute__((noreturn))
work(apart_fn *run, void *own, pid_t parent, const sigset_t *before)
{
	int status;

	/*
	 * The child and all processes that it starts are in a process group of their own. So keys
	 * such as ^C signal only the parent. SIGTTOU is ignored, so that this group, which is in
	 * the background, may write to the terminal.
	 */
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigprocmask(SIG_SETMASK, before, NULL);
	if (getppid() != parent)
		_exit(STATUS_REFUSED);
	status = run(own);
	fflush(NULL);
	_exit(status);
}

/*
 * Waits for the end of `pid`, or for a signal of `set` other than SIGCHLD. Returns 0 when `pid` has
 * ended, the signal, or -1 at the deadline.
 */
static int wait_for(pid_t pid, const sigset_t *set, int64_t deadline_ns, int *status)
{
	for (;;) {
		int64_t left_ns = deadline_ns - clock_ns();
		struct timespec left = {0};
		int got;

		if (waitpid(pid, status, WNOHANG) == pid)
			return 0;
		if (left_ns <= 0)
			return -1;
		left.tv_sec = left_ns / NS_PER_S;
		left.tv_nsec = left_ns % NS_PER_S;
		got = sigtimedwait(set, NULL, &left);
		if (got > 0 && got != SIGCHLD)
			return got;
	}
}

/*
 * Ends the process group of `pid`: SIGTERM first, SIGKILL after LAST_CHANCE_S. Waits for all
 * descendants of `pid` too: orphans become children of bonsai. True if `pid` exited by itself;
 * false if a signal killed it.
 */
static bool end(pid_t pid, const sigset_t *set)
{
	int64_t deadline_ns = clock_ns() + LAST_CHANCE_S * NS_PER_S;
	const struct timespec piece = {.tv_nsec = 20 * NS_PER_MS};
	bool told = false;
	int status = 0;
	pid_t ended;

	kill(-pid, SIGTERM);
	while ((ended = waitpid(-1, &status, WNOHANG)) >= 0 || errno == EINTR) {
		told = told || (ended == pid && WIFEXITED(status));
		if (clock_ns() >= deadline_ns)
			break;
		if (ended == 0)
			sigtimedwait(set, NULL, &piece);
	}
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return told;
}

int apart_run(apart_fn *run, void *own, unsigned int timeout_s, bool *broken)
{
	int64_t deadline_ns = clock_ns() + (timeout_s ? timeout_s : FOR_EVER_S) * NS_PER_S;
	bool told = false;
	int status = 0, got;
	pid_t self = getpid(), pid;
	sigset_t set, before;

	take_signals(&set, &before);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		work(run, own, self, &before);
	if (pid < 0) {
		fprintf(stderr, "Error: start a process: %s\n", strerror(errno));
		return STATUS_REFUSED;
	}
	setpgid(pid, pid);
	got = wait_for(pid, &set, deadline_ns, &status);
	*broken = got || !WIFEXITED(status);
	if (got)
		told = end(pid, &set);
	if (told)
		; /* the child has reported its error */
	else if (got < 0)
		fprintf(stderr, "Error: not done within %u s\n", timeout_s);
	else if (got)
		fprintf(stderr, "Error: interrupted\n");
	else if (*broken)
		fprintf(stderr, "Error: killed by signal %d\n", WTERMSIG(status));
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (got)
		return got < 0 ? STATUS_TIMED_OUT : 128 + got;
	return *broken ? STATUS_REFUSED : WEXITSTATUS(status);
}
