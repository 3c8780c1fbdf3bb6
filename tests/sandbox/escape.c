#include "tests/sandbox/escape.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ATTEMPT_LIMIT_S 20

static const struct escape *const tables[] = {
    escape_files, escape_mounts, escape_processes, escape_calls, escape_network,
};

const struct escape *escape_at(size_t number)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct escape *e = tables[t]; e->name; e++)
			if (number-- == 0)
				return e;
	return NULL;
}

int escape_say(int verdict, const char *fmt, ...)
{
	char text[256] = "# "; /* a TAP comment, in case the reader expects TAP */
	va_list args;
	int len;

	va_start(args, fmt);
	len = 2 + vsnprintf(text + 2, sizeof(text) - 3, fmt, args);
	va_end(args);
	if (len > (int)sizeof(text) - 2)
		len = sizeof(text) - 2;
	text[len] = '\n';
	if (write(STDERR_FILENO, text, (size_t)len + 1) < 0)
		return verdict; /* nobody reads the text; the verdict is enough */
	return verdict;
}

int escape_refused(long result, const char *what)
{
	int code = errno;

	if (result >= 0)
		return escape_say(ESCAPE_ESCAPED, "%s: worked", what);
	if (code == EPERM || code == EACCES || code == ENOSYS || code == EROFS)
		return ESCAPE_HELD;
	return escape_say(ESCAPE_ESCAPED, "%s: got past permissions: %s", what, strerror(code));
}

int escape_not_opened(const char *path, int flags)
{
	autoclose int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? ESCAPE_HELD : escape_say(ESCAPE_ESCAPED, "%s could be opened", path);
}

int escape_run(const char *const *argv, char *out, size_t len)
{
	int pipes[2], status;
	size_t held = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(pipes[1]);
	while (held < len - 1 && (got = read(pipes[0], out + held, len - 1 - held)) > 0)
		held += (size_t)got;
	out[held] = '\0';
	close(pipes[0]);
	if (waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int64_t escape_number(const char *text, const char *key, int base)
{
	size_t len = strlen(key);

	for (; text && *text; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
		if (strncmp(text, key, len) == 0)
			return strtoll(text + len, NULL, base);
	return -1;
}

ssize_t escape_read(const char *path, char *text, size_t len)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, len - 1);

	text[got > 0 ? got : 0] = '\0';
	return got;
}

static int attempt(const struct escape *e)
{
	const uintptr_t *a = e->args;

	if (e->attempt)
		return e->attempt();
	errno = 0;
	return escape_refused(syscall(e->call, a[0], a[1], a[2], a[3], a[4]), e->name);
}

/* Keeps only the capabilities of the bounding set, as execve(2) does for root. */
static int become_program(void)
{
	cap_t set = cap_get_proc();
	int r = set ? 0 : -1;

	for (cap_value_t cap = 0; r == 0 && cap < cap_max_bits(); cap++)
		if (cap_get_bound(cap) == 0 &&
		    (cap_set_flag(set, CAP_EFFECTIVE, 1, &cap, CAP_CLEAR) < 0 ||
		     cap_set_flag(set, CAP_PERMITTED, 1, &cap, CAP_CLEAR) < 0))
			r = -1;
	if (r == 0)
		r = cap_set_proc(set);
	cap_free(set);
	return r;
}

/*
 * Makes the attempt in a child. So the changes end with the child, and PID 1, the target of some
 * attempts, is another process.
 */
static int attempt_in_child(const struct escape *e)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!e->as_init && become_program() < 0)
			_exit(escape_say(ESCAPE_UNTRIED, "%s: %s", e->name, strerror(errno)));
		alarm(ATTEMPT_LIMIT_S);
		_exit(attempt(e));
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return escape_say(ESCAPE_UNTRIED, "%s: no child: %s", e->name, strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGSYS)
		return ESCAPE_HELD;
	return escape_say(ESCAPE_UNTRIED, "%s: died by signal %d", e->name, WTERMSIG(status));
}

/* True if uid_map maps each id to itself, as in the host's own user namespace. */
static int on_bare_host(void)
{
	char map[128];
	unsigned long inside, outside, count;

	if (escape_read("/proc/self/uid_map", map, sizeof(map)) <= 0)
		return 0;
	return sscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == 4294967295UL;
}

static int list(void)
{
	const struct escape *e;

	for (size_t i = 0; (e = escape_at(i)); i++)
		printf("%-24s %s\n", e->name, e->about);
	fflush(stdout);
	return ESCAPE_HELD;
}

int escape_main(const char *what)
{
	const struct escape *e;

	if (strcmp(what, "list") == 0)
		return list();
	if (on_bare_host())
		return escape_say(ESCAPE_UNTRIED, "%s: not in the host's user namespace", what);
	for (size_t i = 0; (e = escape_at(i)); i++)
		if (strcmp(e->name, what) == 0)
			return attempt_in_child(e);
	return escape_say(ESCAPE_UNTRIED, "no attempt is named %s", what);
}
