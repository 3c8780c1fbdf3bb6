#include "tests/bench/session.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASK_MAX_S 300
#define END_MAX_S 60

int session_start(struct session *session, char *const *argv, struct err *err)
{
	int to[2], from[2];

	session->held = session->used = 0;
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return err_errno(err, -errno, "pipe");
	signal(SIGPIPE, SIG_IGN);
	session->pid = fork();
	if (session->pid < 0)
		return err_errno(err, -errno, "fork");
	if (session->pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	session->in = to[1];
	session->out = from[0];
	return 0;
}

const char *session_line(struct session *session, int limit_s, struct err *err)
{
	int64_t deadline = clock_ns() + limit_s * NS_PER_S;
	char *end;

	session->held -= session->used;
	memmove(session->data, session->data + session->used, session->held);
	session->used = 0;
	while (!(end = memchr(session->data, '\n', session->held))) {
		struct pollfd wait = {.fd = session->out, .events = POLLIN};
		ssize_t len;

		if (session->held == sizeof(session->data)) {
			err_text(err, -EMSGSIZE, "a line of more than %zu octets", session->held);
			return NULL;
		}
		if (poll(&wait, 1, clock_ms_until(deadline, limit_s * 1000)) <= 0) {
			err_text(err, -ETIMEDOUT, "no line within %d s", limit_s);
			return NULL;
		}
		len = read(session->out, session->data + session->held,
			   sizeof(session->data) - session->held);
		if (len <= 0) {
			err_text(err, -EPIPE, "the program ended");
			return NULL;
		}
		session->held += (size_t)len;
	}
	*end = '\0';
	session->used = (size_t)(end - session->data) + 1;
	return session->data;
}

const char *session_ask(struct session *session, const char *want, int64_t *took_ns,
			struct err *err, const char *command, ...)
{
	char text[128];
	const char *line;
	int64_t t0;
	va_list args;
	int len;

	va_start(args, command);
	len = vsnprintf(text, sizeof(text) - 1, command, args);
	va_end(args);
	text[len] = '\n';
	t0 = clock_ns();
	if (write(session->in, text, (size_t)len + 1) != len + 1) {
		err_text(err, -EPIPE, "the program takes no commands");
		return NULL;
	}
	text[len] = '\0';
	line = session_line(session, ASK_MAX_S, err);
	if (took_ns)
		*took_ns = clock_ns() - t0;
	if (!line) {
		err_wrap(err, "%s", text);
	} else if (strncmp(line, want, strlen(want)) != 0) {
		err_text(err, -EPROTO, "%s: answered: %.150s", text, line);
		line = NULL;
	}
	return line;
}

void session_end(struct session *session)
{
	int64_t deadline = clock_ns() + END_MAX_S * NS_PER_S;

	close(session->in);
	while (waitpid(session->pid, NULL, WNOHANG) == 0) {
		struct timespec pause = {.tv_nsec = 2 * NS_PER_MS};

		if (clock_ns() > deadline) {
			kill(session->pid, SIGKILL);
			waitpid(session->pid, NULL, 0);
			break;
		}
		nanosleep(&pause, NULL);
	}
	close(session->out);
}
