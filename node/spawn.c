#include "node/spawn.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SEARCH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* 0 or a negative errno, -EACCES for what is there and can't be executed. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

/* As execvp(3): a name with a slash stands for itself, a refusal is remembered. */
static int look_up(const char *name, char path[PATH_MAX])
{
	int refused = -ENOENT;

	if (strlen(name) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!*name)
		return -ENOENT;
	if (strchr(name, '/')) {
		strcpy(path, name);
		return executable(path);
	}
	for (const char *dir = SEARCH; *dir;) {
		size_t len = strcspn(dir, ":");
		int rc = -ENOENT;

		if (snprintf(path, PATH_MAX, "%.*s/%s", (int)len, dir, name) < PATH_MAX)
			rc = executable(path);
		if (rc == 0)
			return 0;
		if (rc == -EACCES)
			refused = rc;
		dir += len + (dir[len] == ':');
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

static int open_ends(struct ends *ends)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	/* Ours alone: the program's end must block as programs expect. */
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0) {
		int rc = -errno;

		close(fds[0]);
		close(fds[1]);
		return rc;
	}
	*ends = (struct ends){.read = fds[0], .write = fds[1]};
	return 0;
}

/*
 * posix_spawn and not fork: libzmq's threads run here, and glibc's implementation
 * shares memory with the child until exec, touches nothing that a thread could
 * hold, copies no page tables and returns exec's own errno.
 */
static pid_t spawn(const char *path, char *const argv[], char *const env[], int out, int errors)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	pid_t pid;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
					    POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&actions);
	rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	rc = rc ? rc : posix_spawn_file_actions_adddup2(&actions, out, 1);
	rc = rc ? rc : posix_spawn_file_actions_adddup2(&actions, errors, 2);
	rc = rc ? rc : posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	rc = rc ? rc : posix_spawn_file_actions_addchdir_np(&actions, "/");
	rc = rc ? rc : posix_spawn(&pid, path, &actions, &attr, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return rc ? -rc : pid;
}

/* A script without a first line that names its interpreter is the shell's. */
static pid_t spawn_script(char *path, char *const argv[], char *const env[], int out, int errors)
{
	autofree char **shell_argv = NULL;
	size_t count = 0;

	while (argv[count])
		count++;
	shell_argv = calloc(count + 2, sizeof(*shell_argv));
	if (!shell_argv)
		return -ENOMEM;
	shell_argv[0] = argv[0];
	shell_argv[1] = path;
	if (count > 1)
		memcpy(shell_argv + 2, argv + 1, (count - 1) * sizeof(*argv));
	return spawn("/bin/sh", shell_argv, env, out, errors);
}

pid_t spawn_program(uint32_t id, char *const argv[], int out[2])
{
	char node[sizeof("BONSAI_NODE=4294967295")];
	char *const env[] = {(char *)"PATH=" SEARCH, (char *)"HOME=/root", node, NULL};
	autoends struct ends output = {-1, -1}, errors = {-1, -1};
	char path[PATH_MAX];
	pid_t pid;
	int rc = look_up(argv[0], path);

	if (rc == 0)
		rc = open_ends(&output);
	if (rc == 0)
		rc = open_ends(&errors);
	if (rc < 0)
		return rc;
	snprintf(node, sizeof(node), "BONSAI_NODE=%u", id);
	pid = spawn(path, argv, env, output.write, errors.write);
	if (pid == -ENOEXEC)
		pid = spawn_script(path, argv, env, output.write, errors.write);
	if (pid < 0)
		return pid;
	out[0] = steal_fd(&output.read);
	out[1] = steal_fd(&errors.read);
	return pid;
}
