#include "sandbox/sweeper.h"

#include "sandbox/hierarchies.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define FIRST_FD 3

/*
 * Closes all descriptors of the launcher, such as the lock on the tree's folder, except the pidfd
 * and those of the control groups. First duplicates the kept descriptors to numbers above their
 * final places, so that none overwrites another.
 */
static void keep_few(struct hierarchies *all, int *pidfd)
{
	const int count = all->count + 1;
	int *kept[HIERARCHIES_MAX + 1] = {pidfd};

	for (int i = 1; i < count; i++)
		kept[i] = &all->own[i - 1];
	for (int i = 0; i < count; i++)
		*kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, FIRST_FD + count);
	for (int i = 0; i < count; i++)
		*kept[i] = dup3(*kept[i], FIRST_FD + i, O_CLOEXEC);
	close_range(FIRST_FD + (unsigned)count, ~0U, 0);
}

static void __attribute__((noreturn)) wait_and_sweep(struct hierarchies all, int pidfd)
{
	struct pollfd launcher = {.events = POLLIN};

	/*
	 * Detach from the launcher's process group and terminal: their signals must not end the
	 * sweeper.
	 */
	setsid();
	prctl(PR_SET_NAME, "bonsai-sweeper");
	keep_few(&all, &pidfd);
	launcher.fd = pidfd;
	while (pidfd >= 0 && poll(&launcher, 1, -1) < 0 && errno == EINTR)
		;
	if (pidfd >= 0)
		hierarchies_end(&all);
	_exit(0);
}

pid_t sweeper_start(const struct hierarchies *all)
{
	/*
	 * Open the pidfd before the fork: afterwards the kernel could have reused the launcher's
	 * PID.
	 */
	autoclose int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	pid_t pid = pidfd < 0 ? -1 : fork();

	if (pid == 0)
		wait_and_sweep(*all, pidfd);
	return pid > 0 ? pid : 0;
}

void sweeper_stop(pid_t *sweeper)
{
	if (*sweeper <= 0)
		return;
	kill(*sweeper, SIGKILL);
	while (waitpid(*sweeper, NULL, 0) < 0 && errno == EINTR)
		;
	*sweeper = 0;
}
