/* Runs the program of a guest: starts it in its environment, and relays its input and output. */
#include "vm/guest.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define TREE_LIMIT_S 120
#define PATH_USUAL "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DRAIN_MS 200 /* how long, in ms, to wait for more output after the program's exit */
#define NOT_FOUND_STATUS 127
#define NOT_STARTED_STATUS 126

struct run {
	const struct guest_config *config;
	int channel, signals;
	pid_t pid;
	int input;     /* write end of a pipe, or the terminal; -1: closed */
	int output[2]; /* standard output or the terminal, and standard error; -1: closed */
	bool terminal, exited;
	int status;
	struct frame_reader reader;
	uint8_t pending[FRAME_WINDOW_BYTES]; /* input that the program has not read */
	size_t pending_len;
	bool input_ends; /* close the input when `pending` is empty */
};

/* --- a process of the guest --- */

static void add_folder(const char *programs, char *path, size_t size)
{
	if (programs)
		snprintf(path, size, "%s:" PATH_USUAL, programs);
	else
		snprintf(path, size, PATH_USUAL);
}

/* Runs in the forked child: executes a program with the environment of root's login. */
static void __attribute__((noreturn))
execute(const struct guest_config *config, const char *const *args)
{
	char path[8192];

	signals_reset();
	clearenv();
	add_folder(config->programs, path, sizeof(path));
	setenv("PATH", path, 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LOGNAME", "root", 1);
	for (size_t i = 0; i < config->env_count; i++)
		putenv((char *)config->env[i]);
	if ((!config->folder || chdir(config->folder) < 0) && chdir("/root") < 0)
		(void)!chdir("/");
	execvp(args[0], (char *const *)args);
	fprintf(stderr, "Error: %s: %s\n", args[0], strerror(errno));
	_exit(errno == ENOENT ? NOT_FOUND_STATUS : NOT_STARTED_STATUS);
}

/* --- the tree --- */

/*
 * Reads the first line that a process wrote into the pipe `fd`. Removes "Error: " from its
 * beginning.
 */
static void first_line(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (!strncmp(text, "Error: ", 7))
		memmove(text, text + 7, strlen(text + 7) + 1);
}

static void start_tree(const struct guest_config *config)
{
	static const char *const args[] = {"bonsai", "--timeout", "120", "up", NULL};
	int said[2], status = 0;
	char text[256];
	pid_t pid;

	guest_stage("starting a tree");
	if (pipe2(said, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		guest_fail("start the tree: %s", strerror(errno));
	if (pid == 0) {
		alarm(TREE_LIMIT_S);
		dup2(said[1], STDOUT_FILENO);
		dup2(said[1], STDERR_FILENO);
		execute(config, args);
	}
	close(said[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/*
	 * `bonsai up` has exited, and its controller does not hold this pipe, so all output is in
	 * the pipe. Read it without blocking.
	 */
	fcntl(said[0], F_SETFL, O_NONBLOCK);
	first_line(said[0], text, sizeof(text));
	close(said[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		guest_fail("no tree in the guest: %s", *text ? text : "it was not ready in time");
}

/* --- the program --- */

static void start_at_terminal(struct run *run, const char *const *args)
{
	struct winsize size = {0};
	int master;

	sscanf(run->config->terminal, "%hux%hu", &size.ws_row, &size.ws_col);
	run->pid = forkpty(&master, NULL, NULL, &size);
	if (run->pid < 0)
		guest_fail("a terminal for the program: %s", strerror(errno));
	if (run->pid == 0)
		execute(run->config, args);
	fcntl(master, F_SETFL, O_NONBLOCK);
	fcntl(master, F_SETFD, FD_CLOEXEC);
	run->input = run->output[0] = master;
	run->output[1] = -1;
}

static void start_at_pipes(struct run *run, const char *const *args)
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ||
	    (run->pid = fork()) < 0)
		guest_fail("start the program: %s", strerror(errno));
	if (run->pid == 0) {
		setsid();
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		execute(run->config, args);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	run->input = in[1];
	run->output[0] = out[0];
	run->output[1] = err[0];
}

/* --- input --- */

static void accept_input(size_t count)
{
	uint8_t body[4];

	frame_put_number(body, (uint32_t)count, sizeof(body));
	guest_send(FRAME_ACCEPTED, body, sizeof(body));
}

static void close_input(struct run *run)
{
	/*
	 * Keep a terminal open: the end of its input is a key, and the program may go on reading.
	 */
	if (run->terminal || run->input < 0)
		return;
	close(run->input);
	run->input = -1;
}

static void push_input(struct run *run)
{
	ssize_t n = 0;

	if (run->input >= 0 && run->pending_len)
		n = write(run->input, run->pending, run->pending_len);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		close_input(run);
	/*
	 * If the program's input is closed, drop the pending input and report it as accepted, so
	 * that the host goes on sending.
	 */
	if (run->input < 0)
		n = (ssize_t)run->pending_len;
	if (n > 0) {
		run->pending_len -= (size_t)n;
		memmove(run->pending, run->pending + n, run->pending_len);
		accept_input((size_t)n);
	}
	if (run->input_ends && !run->pending_len)
		close_input(run);
}

static void take_frame(struct run *run, const struct frame *frame)
{
	struct winsize size = {.ws_row = (unsigned short)frame_number(frame, 0, 2),
			       .ws_col = (unsigned short)frame_number(frame, 2, 2)};

	switch (frame->type) {
	case FRAME_INPUT:
		if (run->pending_len + frame->len > sizeof(run->pending))
			guest_fail("more input than was asked for");
		memcpy(run->pending + run->pending_len, frame->body, frame->len);
		run->pending_len += frame->len;
		break;
	case FRAME_INPUT_END:
		run->input_ends = true;
		break;
	case FRAME_SIZE:
		if (run->terminal)
			ioctl(run->input, TIOCSWINSZ, &size);
		break;
	case FRAME_SIGNAL:
		kill(-run->pid, (int)frame_number(frame, 0, 1));
		break;
	default:
		break;
	}
	push_input(run);
}

/* --- output --- */

static void pass_output(struct run *run, int which)
{
	uint8_t data[FRAME_BODY_MAX_BYTES];
	ssize_t n = read(run->output[which], data, sizeof(data));

	if (n > 0) {
		guest_send(which ? FRAME_ERRORS : FRAME_OUTPUT, data, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/*
	 * The program's output has ended. At a terminal, read fails with EIO when no process has it
	 * open any more.
	 */
	if (!run->terminal)
		close(run->output[which]);
	run->output[which] = -1;
}

/*
 * Passes on the remaining output of the program, and of processes that outlive the program and hold
 * its pipes open. Ends when there is no output for DRAIN_MS.
 */
static void drain(struct run *run)
{
	struct pollfd fds[2] = {{run->output[0], POLLIN, 0}, {run->output[1], POLLIN, 0}};

	while (poll(fds, 2, DRAIN_MS) > 0)
		for (int i = 0; i < 2; i++) {
			if (fds[i].revents)
				pass_output(run, i);
			fds[i].fd = run->output[i];
		}
}

/* --- together --- */

/*
 * Reaps all children. The kernel makes the init the parent of orphans; the init ignores how these
 * ended.
 */
static void reap(struct run *run)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(run->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != run->pid)
			continue;
		run->exited = true;
		run->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void relay(struct run *run)
{
	int64_t alive_ns = clock_ns();
	struct frame frame;
	int r;

	while (!run->exited) {
		struct pollfd fds[] = {{run->channel, POLLIN, 0},
				       {run->signals, POLLIN, 0},
				       {run->output[0], POLLIN, 0},
				       {run->output[1], POLLIN, 0},
				       {run->pending_len ? run->input : -1, POLLOUT, 0}};

		if (clock_ns() >= alive_ns) {
			guest_send(FRAME_ALIVE, NULL, 0);
			alive_ns = clock_ns() + FRAME_ALIVE_MS * NS_PER_MS;
		}
		if (poll(fds, ARRAY_SIZE(fds), clock_ms_until(alive_ns, FRAME_ALIVE_MS)) <= 0)
			continue;
		if (fds[0].revents) {
			r = frame_read(&run->reader, run->channel, &frame);
			if (r < 0)
				guest_fail("read from the host: %s", strerror(-r));
			if (r > 0)
				take_frame(run, &frame);
		}
		if (fds[1].revents)
			reap(run);
		for (int i = 0; i < 2; i++)
			if (fds[2 + i].revents)
				pass_output(run, i);
		if (fds[4].revents)
			push_input(run);
	}
	drain(run);
}

int guest_run(const struct guest_config *config, int channel)
{
	static const char *const repl[] = {"bonsai", NULL};
	static struct run run;
	const char *const *args = config->args_count ? config->args : repl;
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	/*
	 * Start no tree if there are no arguments: then the program is Bonsai's REPL, which starts
	 * its own tree.
	 */
	if (config->tree && config->args_count)
		start_tree(config);
	run = (struct run){.config = config,
			   .channel = channel,
			   .terminal = config->terminal != NULL,
			   .output = {-1, -1}};
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run.signals < 0)
		guest_fail("watch the program: %s", strerror(errno));
	if (run.terminal)
		start_at_terminal(&run, args);
	else
		start_at_pipes(&run, args);
	guest_send(FRAME_READY, NULL, 0);
	relay(&run);
	return run.status;
}
