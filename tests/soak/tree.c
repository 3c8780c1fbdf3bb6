#include "tests/soak/tree.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define LIMIT_MS 60000

static void run_controller(const struct tree_run *tree, const char *backend, const char *on_crash,
			   int out)
{
	dup2(out, STDOUT_FILENO);
	/*
	 * Send stderr to the same pipe: if the controller fails to start, its first line is the
	 * error.
	 */
	dup2(out, STDERR_FILENO);
	execl(tree->program, "bonsaid", "--tree", tree->name, "--backend", backend, "--on-crash",
	      on_crash, "--heartbeat", "200", NULL);
	_exit(127);
}

/*
 * Reads the controller's first line, "OK FOLDER" or an error, without its newline. Returns false if
 * no line arrives in time.
 */
static bool read_line(int fd, char *line, size_t size)
{
	int64_t deadline_ns = clock_ns() + LIMIT_MS * NS_PER_MS;
	size_t len = 0;

	while (len + 1 < size) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

		if (poll(&poll_fd, 1, clock_ms_until(deadline_ns, LIMIT_MS)) <= 0 ||
		    read(fd, line + len, 1) != 1 || line[len] == '\n')
			break;
		len++;
	}
	line[len] = '\0';
	return len > 0;
}

bool tree_serve(struct tree_run *tree, const char *backend, const char *on_crash)
{
	autoclose int from = -1, to = -1;
	char line[320] = "";
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return false;
	from = pipes[0];
	to = pipes[1];
	tree->controller = fork();
	if (tree->controller == 0)
		run_controller(tree, backend, on_crash, to);
	cleanup_close(&to);
	to = -1;
	proof_holds(tree->proofs, PROOF_SERVES);
	if (!read_line(from, line, sizeof(line)) || strncmp(line, "OK ", 3)) {
		proof_breaks(tree->proofs, PROOF_SERVES, "it does not serve: %s", line);
		tree_kill(tree);
		return false;
	}
	snprintf(tree->dir, sizeof(tree->dir), "%.255s", line + 3);
	return true;
}

void tree_kill(struct tree_run *tree)
{
	if (tree->controller <= 0)
		return;
	kill(tree->controller, SIGKILL);
	waitpid(tree->controller, NULL, 0);
	tree->controller = 0;
}

bool tree_ended(struct tree_run *tree)
{
	autoclose int pidfd = (int)syscall(SYS_pidfd_open, tree->controller, 0);
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	int status = 0;

	if (poll(&poll_fd, 1, LIMIT_MS) != 1) {
		proof_breaks(tree->proofs, PROOF_SERVES, "the controller does not end");
		tree_kill(tree);
		return false;
	}
	waitpid(tree->controller, &status, 0);
	tree->controller = 0;
	proof_holds(tree->proofs, PROOF_SERVES);
	if (status)
		proof_breaks(tree->proofs, PROOF_SERVES, "the controller ended with status %#x",
			     (unsigned int)status);
	return !status;
}
