#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/run.h"
#include "controller/cli/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

json_t *verb_ask(struct session *session, const char *cmd, const char *what, uint32_t node,
		 bool several)
{
	struct answer answer;
	json_t *body;

	if (!session_fetch(session, json_pack("{s:s, s:I}", "cmd", cmd, "node", (json_int_t)node),
			   &(struct asking){.what = what, .names = several, .node = node}, &answer))
		return NULL;
	body = json_incref(answer.body);
	answer_release(&answer);
	return body;
}

/* --- enter --- */

/*
 * Returns the process number of the node's init, if the init runs. Returns 0 if an error was shown,
 * or the session has ended.
 */
static pid_t find_init(struct session *session, const char *what, uint32_t node)
{
	json_t *body = verb_ask(session, "inspect", what, node, false);
	const char *state = json_string_value(json_object_get(body, "state"));
	pid_t pid = (pid_t)json_integer_value(json_object_get(body, "pid"));

	if (body &&
	    (!state || pid <= 0 ||
	     (strcmp(state, "running") && strcmp(state, "suspect") && strcmp(state, "frozen")))) {
		session_complain(session, "Node is unavailable: it is %s",
				 state ? state : "not known");
		pid = 0;
	}
	json_decref(body);
	return pid;
}

static void __attribute__((noreturn))
become(const struct session *session, int pidfd, char *const *program, size_t count)
{
	static char *const shell[] = {(char *)"/bin/sh", (char *)"-i"};
	autofree char **argv = calloc(count + ARRAY_SIZE(shell) + 4, sizeof(*argv));
	char number[40], path[RUNDIR_PATH_BYTES + 16];
	int filter;

	if (!argv)
		_exit(STATUS_REFUSED);
	if (!count) {
		program = shell;
		count = ARRAY_SIZE(shell);
	}
	/*
	 * If the tree has a filter of system calls of its own, pass that filter to bonsaid. The
	 * file exists as long as the tree.
	 */
	snprintf(path, sizeof(path), "%s/seccomp", session->daemon.dir);
	filter = open(path, O_RDONLY); /* without O_CLOEXEC: bonsaid inherits it */
	if (filter >= 0)
		snprintf(number, sizeof(number), "%d,%d", pidfd, filter);
	else
		snprintf(number, sizeof(number), "%d", pidfd);
	argv[0] = (char *)"bonsaid";
	argv[1] = (char *)"--enter";
	argv[2] = number;
	memcpy(argv + 3, program, count * sizeof(*argv));
	fcntl(pidfd, F_SETFD, 0);
	session_give_back_signals();
	daemon_exec(argv);
	_exit(STATUS_NOT_REACHED);
}

/*
 * Makes bonsai the foreground process of the terminal again, after killing the program that had the
 * terminal. bonsai is in the background then, where SIGTTOU would stop bonsai: so block SIGTTOU
 * meanwhile.
 */
static void take_foreground(void)
{
	sigset_t stop, before;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, &before);
	tcsetpgrp(STDIN_FILENO, getpgrp());
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/*
 * Waits for the end of process `pid`. True if the time-out or a signal comes first: then the caller
 * must kill the process.
 */
static bool is_overdue(struct session *session, pid_t pid)
{
	int64_t deadline_ns = run_deadline_ns(session);
	autoclose int pidfd = pidfd_open(pid, 0);

	while (!session->end && clock_ns() < deadline_ns) {
		struct pollfd fds[] = {{pidfd, POLLIN, 0}, {session->signals, POLLIN, 0}};

		poll(fds, ARRAY_SIZE(fds), run_wait_ms(deadline_ns));
		if (fds[0].revents)
			return false;
		if (fds[1].revents)
			session_take_signals(session);
	}
	return true;
}

/*
 * Runs `bonsaid --enter` in a child process. With --timeout bonsai can't execute bonsaid in its own
 * place, since bonsai must kill the program at the time-out.
 */
static void enter_within(struct session *session, int pidfd, char *const *program, size_t count)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0) {
		session_complain(session, "enter: %s", strerror(errno));
		return;
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		become(session, pidfd, program, count);
	}
	if (is_overdue(session, pid)) {
		kill(pid, SIGTERM); /* `bonsaid --enter` ends the program before itself */
		kill(pid, SIGCONT);
		take_foreground();
		waitpid(pid, &status, 0);
		if (!session->end)
			run_say_late(session, "enter");
		return;
	}
	waitpid(pid, &status, 0);
	session->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int verb_open_init(struct session *session, const char *what, uint32_t node)
{
	pid_t pid = find_init(session, what, node), again;
	autoclose int pidfd = pid ? pidfd_open(pid, 0) : -1;

	if (!pid)
		return -1;
	again = find_init(session, what, node);
	if (again == pid && pidfd >= 0)
		return steal_fd(&pidfd);
	if (again)
		session_complain(session, "Node is unavailable: it has just ended");
	return -1;
}

int verb_enter(struct repl *repl, char *const *args, size_t count)
{
	struct session *session = repl->session;
	uint32_t node;
	int pidfd;

	if (!verb_take_id(repl, args[0], &node))
		return 0;
	if (count > 1 && !strcmp(args[1], "--")) {
		args++;
		count--;
	}
	pidfd = verb_open_init(session, "enter", node);
	if (pidfd < 0 || session->end)
		return 0;
	if (!session->options->timeout_s)
		become(session, pidfd, args + 1, count - 1);
	enter_within(session, pidfd, args + 1, count - 1);
	close(pidfd);
	return 0;
}

/* --- inspect --- */

/*
 * Adds to `body` the member `cmd`, which the node itself reports; null if the node does not reply.
 */
static void add_own(struct session *session, json_t *body, const char *cmd, uint32_t node)
{
	json_t *own = verb_ask(session, cmd, "inspect", node, false);
	const json_t *member = json_object_get(own, cmd);

	json_object_set(body, cmd, member ? (json_t *)member : json_null());
	json_decref(own);
}

static void inspect(struct repl *repl, uint32_t node, bool several, const void *own)
{
	struct session *session = repl->session;
	autofree char *text = NULL;
	json_t *body = verb_ask(session, "inspect", "inspect", node, several);

	(void)own;
	if (!body)
		return;
	json_object_del(body, "id");
	if (json_is_true(json_object_get(body, "available"))) {
		add_own(session, body, "stats", node);
		add_own(session, body, "programs", node);
	}
	text = json_dumps(body, session->options->json ? JSON_COMPACT : JSON_INDENT(2));
	json_decref(body);
	if (text && !session->options->quiet)
		out_line(&session->out, "%s", text);
}

int verb_inspect(struct repl *repl, char *const *args, size_t count)
{
	return verb_each(repl, args, count, inspect, NULL);
}
