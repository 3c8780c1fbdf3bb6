#include "controller/cli/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The memory that bonsai shares with the guard process. */
struct held {
	atomic_bool held; /* set after `before` and `ours`: bonsai may be killed in between */
	struct termios before, ours;
};

static struct held *held;
static pid_t guard;
static int lifeline = -1; /* bonsai's end: its closing tells the guard that bonsai has ended */

/* Compares the members one by one: struct termios has padding between them. */
static bool is_same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

/*
 * Restores the terminal's mode from before bonsai changed it. If another program has changed the
 * mode since then, leaves the mode of that program.
 */
static void restore(void)
{
	struct termios now;

	if (held->held && tcgetattr(STDIN_FILENO, &now) == 0 && is_same(&now, &held->ours))
		tcsetattr(STDIN_FILENO, TCSADRAIN, &held->before);
}

/*
 * Runs in a child made by fork(2). The parent may have had threads, so only system calls are safe
 * here.
 */
static void __attribute__((noreturn)) watch(int line)
{
	char byte;

	/*
	 * The guard is in a process group of its own, in the background. There SIGTTOU would stop
	 * it when it changes the terminal's mode, so the guard ignores all signals.
	 */
	setpgid(0, 0);
	prctl(PR_SET_NAME, "bonsai-guard");
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	if (dup2(line, STDOUT_FILENO) < 0)
		_exit(1);
	close_range(STDERR_FILENO, ~0U, 0);
	while (read(STDOUT_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
	restore();
	_exit(0);
}

static bool start(void)
{
	int ends[2];

	held = mmap(NULL, sizeof(*held), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (held == MAP_FAILED) {
		held = NULL;
		return false;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	guard = fork();
	if (guard == 0) {
		close(ends[1]);
		watch(ends[0]);
	}
	close(ends[0]);
	if (guard < 0) {
		close(ends[1]);
		return false;
	}
	lifeline = ends[1];
	return true;
}

void guard_hold(const struct termios *before)
{
	struct termios ours;

	if ((held && held->held) || tcgetattr(STDIN_FILENO, &ours) < 0)
		return;
	if (lifeline < 0 && !start())
		return;
	held->before = *before;
	held->ours = ours;
	held->held = true;
}

void guard_release(void)
{
	if (held)
		held->held = false;
}

void guard_end(void)
{
	guard_release();
	if (lifeline >= 0) {
		close(lifeline);
		lifeline = -1;
		while (waitpid(guard, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (held)
		munmap(held, sizeof(*held));
	held = NULL;
}
