#include "node/spawn.h"

#include "base/cleanup.h"
#include "base/programs.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED_STATUS 127
#define LOOK_MS 5	/* how often to check, until exec, whether the child was stopped */
#define YIELDING "1000" /* oom_score_adj of programs: the kernel kills these first */
#define SEARCH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Checks that a file can be executed: 0 or a negative errno, -EACCES if the file exists but cannot
 * be executed.
 */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

static int join(char path[PATH_MAX], const char *dir, int dir_len, const char *name)
{
	return snprintf(path, PATH_MAX, "%.*s/%s", dir_len, dir, name) < PATH_MAX ? 0
										  : -ENAMETOOLONG;
}

/*
 * Finds a program as execvp(3) does. A name with a slash is a path; a relative path starts at
 * `dir`, since the program will run there. Without a slash, searches the folders of `search`. A
 * file that cannot be executed does not end the search, but makes the result -EACCES if no other
 * file is found.
 */
static int look_up(const char *name, const char *dir, const char *search, char path[PATH_MAX])
{
	int refused = -ENOENT;
	size_t len;

	if (!*name)
		return -ENOENT;
	if (strchr(name, '/')) {
		int rc = join(path, dir, *name == '/' ? 0 : (int)strlen(dir), name);

		return rc < 0 ? rc : executable(path);
	}
	for (; *search; search += len + (search[len] == ':')) {
		int rc;

		len = strcspn(search, ":");
		/*
		 * Skip relative and empty entries of PATH: execvp(3) would search the current
		 * folder for them, and could run a program that was put there as a trap.
		 */
		if (*search != '/' || join(path, search, (int)len, name) < 0)
			continue;
		rc = executable(path);
		if (rc == 0)
			return 0;
		if (rc == -EACCES)
			refused = rc;
	}
	return refused;
}

struct ends {
	int read;
	int write;
};

static void close_ends(struct ends *ends)
{
	cleanup_close(&ends->read);
	cleanup_close(&ends->write);
}

#define autoends __attribute__((cleanup(close_ends)))
#define ENDS_INIT                                                                                  \
	{                                                                                          \
		-1, -1                                                                             \
	}

static int set_non_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

/* Opens a pipe. Only the agent's end, *ours, is non-blocking: programs expect a blocking end. */
static int open_ends(struct ends *ends, int *ours)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ends = (struct ends){.read = fds[0], .write = fds[1]};
	return set_non_blocking(*ours);
}

/* The program's ends of its standard streams: descriptors, or the path of its terminal. */
struct stdio {
	int in, out, errors;
	const char *terminal;
};

/*
 * Runs in the forked child, like all functions from here to `become`. They may only make
 * async-signal-safe calls (signal-safety(7)).
 */
static int set_stdio(const struct stdio *stdio)
{
	int in = stdio->in;

	/*
	 * Open the terminal after setsid(2): the first terminal that a session leader opens becomes
	 * its controlling terminal.
	 */
	if (stdio->terminal)
		in = open(stdio->terminal, O_RDWR);
	else if (in < 0)
		in = open("/dev/null", O_RDONLY);
	if (in < 0 || dup2(in, 0) < 0 || dup2(stdio->terminal ? 0 : stdio->out, 1) < 0 ||
	    dup2(stdio->terminal ? 0 : stdio->errors, 2) < 0)
		return -errno;
	return 0;
}

/*
 * Executes the program. On failure writes the negative errno to the pipe `status`. A successful
 * exec closes the pipe.
 */
static void __attribute__((noreturn))
become(const char *path, char *const argv[], char *const env[], const char *dir,
       const struct stdio *stdio, int status)
{
	int r;

	setsid();
	r = set_stdio(stdio);
	if (r == 0 && chdir(dir) < 0)
		r = -errno;
	/* Close all other descriptors: libzmq opens some without close-on-exec. */
	if (r == 0 && ((status > 3 && close_range(3, (unsigned int)status - 1, 0) < 0) ||
		       close_range((unsigned int)status + 1, ~0U, 0) < 0))
		r = -errno;
	signals_reset();
	programs_limit(0);
	if (r == 0) {
		execve(path, argv, env);
		r = -errno;
	}
	while (write(status, &r, sizeof(r)) < 0 && errno == EINTR)
		;
	_exit(NOT_STARTED_STATUS);
}

/*
 * Waits until the child has executed its program. 0 or a negative errno. Before the exec, another
 * program of the node may stop the child (SIGSTOP) at any moment, and nobody would continue the
 * child. So this function kills a stopped child and returns -ECANCELED.
 */
static int wait_for_exec(pid_t pid, int status)
{
	struct pollfd poll_fd = {.fd = status, .events = POLLIN};
	siginfo_t info;
	ssize_t n;
	int r;

	while (poll(&poll_fd, 1, LOOK_MS) <= 0) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid == pid) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return -ECANCELED;
		}
	}
	do
		n = read(status, &r, sizeof(r));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(r))
		return 0;
	waitpid(pid, NULL, 0);
	return r;
}

/*
 * Uses fork(2) and not posix_spawn(3): glibc suspends the caller of posix_spawn(3) until the child
 * has executed its program. So a program of the node that stops the child would stop the agent as
 * well.
 */
static pid_t spawn(const char *path, char *const argv[], char *const env[], const char *dir,
		   const struct stdio *stdio)
{
	autoends struct ends status = ENDS_INIT;
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	status = (struct ends){.read = fds[0], .write = fds[1]};
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(path, argv, env, dir, stdio, status.write);
	close(steal_fd(&status.write));
	r = wait_for_exec(pid, status.read);
	return r < 0 ? r : pid;
}

static size_t count_words(char *const words[])
{
	size_t count = 0;

	while (words[count])
		count++;
	return count;
}

/* Runs a script without a "#!" line with the shell, as execvp(3) does. */
static pid_t spawn_script(char *path, char *const argv[], char *const env[], const char *dir,
			  const struct stdio *stdio)
{
	autofree char **shell_argv = NULL;
	size_t count = count_words(argv);

	shell_argv = calloc(count + 2, sizeof(*shell_argv));
	if (!shell_argv)
		return -ENOMEM;
	shell_argv[0] = argv[0];
	shell_argv[1] = path;
	if (count > 1)
		memcpy(shell_argv + 2, argv + 1, (count - 1) * sizeof(*argv));
	return spawn("/bin/sh", shell_argv, env, dir, stdio);
}

static const char *find_variable(char *const env[], const char *name)
{
	size_t len = strcspn(name, "=");

	for (; *env; env++)
		if (!strncmp(*env, name, len) && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

/*
 * Makes the environment: the wanted variables, then each standard variable that is not among them.
 */
static char **make_env(char *const wanted[], char *node)
{
	char *const standard[] = {(char *)"PATH=" SEARCH, (char *)"HOME=/root", node};
	size_t count = count_words(wanted);
	char **env = calloc(count + ARRAY_SIZE(standard) + 1, sizeof(*env));

	if (!env)
		return NULL;
	memcpy(env, wanted, count * sizeof(*env));
	for (size_t i = 0; i < ARRAY_SIZE(standard); i++)
		if (!find_variable(wanted, standard[i]))
			env[count++] = standard[i];
	return env;
}

static int start(uint32_t id, const struct spawn_spec *spec, const struct stdio *stdio, pid_t *pid)
{
	char node[sizeof("BONSAI_NODE=4294967295")];
	autofree char **env = NULL;
	char path[PATH_MAX];
	pid_t started;
	int rc;

	snprintf(node, sizeof(node), "BONSAI_NODE=%u", id);
	env = make_env(spec->env, node);
	if (!env)
		return -ENOMEM;
	rc = look_up(spec->argv[0], spec->dir, find_variable(env, "PATH"), path);
	if (rc < 0)
		return rc;
	started = spawn(path, spec->argv, env, spec->dir, stdio);
	if (started == -ENOEXEC)
		started = spawn_script(path, spec->argv, env, spec->dir, stdio);
	if (started < 0)
		return started;
	*pid = started;
	return 0;
}

static int spawn_at_pipes(uint32_t id, const struct spawn_spec *spec, struct spawned *spawned)
{
	autoends struct ends input = ENDS_INIT, output = ENDS_INIT, errors = ENDS_INIT;
	struct stdio stdio;
	pid_t pid;
	int rc = spec->input ? open_ends(&input, &input.write) : 0;

	if (rc == 0)
		rc = open_ends(&output, &output.read);
	if (rc == 0)
		rc = open_ends(&errors, &errors.read);
	if (rc < 0)
		return rc;
	stdio = (struct stdio){.in = input.read, .out = output.write, .errors = errors.write};
	rc = start(id, spec, &stdio, &pid);
	if (rc < 0)
		return rc;
	*spawned = (struct spawned){
	    .pid = pid,
	    .in = steal_fd(&input.write),
	    .out = steal_fd(&output.read),
	    .errors = steal_fd(&errors.read),
	};
	return 0;
}

static int spawn_at_terminal(uint32_t id, const struct spawn_spec *spec, struct spawned *spawned)
{
	autoclose int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct winsize size = {.ws_row = spec->rows, .ws_col = spec->columns};
	autoclose int in = -1;
	char path[64];
	pid_t pid;
	int rc;

	if (master < 0 || unlockpt(master) < 0 || ptsname_r(master, path, sizeof(path)) ||
	    ioctl(master, TIOCSWINSZ, &size) < 0)
		return -errno;
	/*
	 * Use one descriptor for input and another for output: the input may close before the
	 * output.
	 */
	in = fcntl(master, F_DUPFD_CLOEXEC, 0);
	if (in < 0)
		return -errno;
	rc = start(id, spec, &(struct stdio){.terminal = path}, &pid);
	if (rc < 0)
		return rc;
	*spawned = (struct spawned){
	    .pid = pid, .in = steal_fd(&in), .out = steal_fd(&master), .errors = -1};
	return 0;
}

/*
 * A descriptor of the agent's own oom_score_adj, open for writing; -1: programs get the agent's
 * score.
 */
static int own_score = -1;

void spawn_prepare(void)
{
	/*
	 * Make the process dumpable while it opens the file: the /proc/self files of an undumpable
	 * process belong to root (proc(5)).
	 */
	int dumpable = prctl(PR_GET_DUMPABLE);

	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	own_score = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
}

/*
 * Sets the agent's own oom_score_adj, which a new program inherits. If this fails, the program runs
 * nevertheless.
 */
static void set_score(const char *score)
{
	if (own_score >= 0 && pwrite(own_score, score, strlen(score), 0) < 0)
		return;
}

int spawn_program(uint32_t id, const struct spawn_spec *spec, struct spawned *spawned)
{
	bool yields = programs_yield();
	char score[16] = "0";
	int rc;

	if (yields) {
		if (own_score >= 0 && pread(own_score, score, sizeof(score) - 1, 0) < 0)
			strcpy(score, "0");
		set_score(YIELDING);
	}
	rc = (spec->terminal ? spawn_at_terminal : spawn_at_pipes)(id, spec, spawned);
	if (yields)
		set_score(score);
	return rc;
}

int spawn_find_dir(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || (S_ISDIR(st.st_mode) && access(path, X_OK) < 0))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}
