#include "images/recipe.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/unnamed.h"
#include "images/unpack.h"
#include "images/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LIMIT_S 1800
#define END_LIMIT_S 10 /* time for a recipe to clean up after SIGTERM */
#define WORK "work"
#define SAID_BYTES 4096

/* A recipe's working folder, its standard output and its standard error. */
struct bench {
	int work, tar, said;
};

static int open_bench(struct bench *bench, int scratch, struct err *err)
{
	if (mkdirat(scratch, WORK, 0700) == 0)
		bench->work = openat(scratch, WORK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bench->tar = unnamed_open(scratch);
	/* Keep the messages in memory: a recipe must be able to report that the disk is full. */
	bench->said = memfd_create("said", MFD_CLOEXEC);
	if (bench->tar < 0)
		return err_errno(err, bench->tar, "make room for a recipe");
	if (bench->work < 0 || bench->said < 0)
		return err_errno(err, -errno, "make room for a recipe");
	return 0;
}

static int start(const char *path, const struct bench *bench, pid_t *pid, struct err *err)
{
	char *const argv[] = {(char *)path, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					    POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addfchdir_np(&actions, bench->work);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, bench->tar, 1);
	posix_spawn_file_actions_adddup2(&actions, bench->said, 2);
	r = -posix_spawn(pid, path, &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return r < 0 ? err_errno(err, r, "run the recipe") : 0;
}

/* Copies the last line that the recipe wrote to its standard error. */
static void last_line(const struct bench *bench, char *line, size_t size)
{
	char said[SAID_BYTES + 1], *newline;
	off_t end = lseek(bench->said, 0, SEEK_END);
	ssize_t n = pread(bench->said, said, SAID_BYTES, end > SAID_BYTES ? end - SAID_BYTES : 0);

	said[n > 0 ? n : 0] = '\0';
	while ((newline = strrchr(said, '\n')) && !newline[1])
		*newline = '\0';
	snprintf(line, size, "%.*s", (int)size - 1, newline ? newline + 1 : said);
}

/*
 * Ends the recipe's process group: SIGTERM, then SIGKILL after END_LIMIT_S. The processes need that
 * time to clean up: nothing else removes files that they made outside of the working folder, such
 * as those of mmdebstrap in /tmp.
 */
static void end(pid_t pid, int *status)
{
	int64_t deadline_ns = clock_ns() + END_LIMIT_S * NS_PER_S;
	const struct timespec piece = {.tv_nsec = 20 * NS_PER_MS};
	pid_t ended = 0;

	kill(-pid, SIGTERM);
	while ((ended == 0 || kill(-pid, 0) == 0) && clock_ns() < deadline_ns) {
		if (ended == 0)
			ended = waitpid(pid, status, WNOHANG);
		nanosleep(&piece, NULL);
	}
	kill(-pid, SIGKILL);
	if (ended == 0)
		waitpid(pid, status, 0);
}

/*
 * Waits until the recipe exits, the time is over, or a signal that ends this process arrives. Then
 * ends the remaining processes of the recipe. The caller has blocked `signals`: SIGCHLD and the
 * signals that end this process.
 */
static int wait_for(pid_t pid, const sigset_t *signals, struct err *err)
{
	int64_t deadline_ns = clock_ns() + LIMIT_S * NS_PER_S;
	const struct timespec second = {.tv_sec = 1};
	int status = 0, got = SIGCHLD, r = 0;
	pid_t ended = 0;

	while (got == SIGCHLD && (ended = waitpid(pid, &status, WNOHANG)) == 0 &&
	       clock_ns() < deadline_ns) {
		got = sigtimedwait(signals, NULL, &second);
		if (got < 0)
			got = SIGCHLD; /* no signal within a second: check again */
	}
	if (got != SIGCHLD)
		r = err_text(err, -EINTR, "interrupted");
	else if (!ended)
		r = err_text(err, -ETIMEDOUT, "the recipe did not end within %d s", LIMIT_S);
	/* If the recipe has exited, kill its remaining background processes at once. */
	if (ended == pid)
		kill(-pid, SIGKILL);
	else
		end(pid, &status);
	if (r == 0 && (!WIFEXITED(status) || WEXITSTATUS(status)))
		r = err_text(err, -ECANCELED, "the recipe failed");
	return r;
}

static int run(const char *path, const struct bench *bench, struct err *err)
{
	sigset_t signals, before;
	char line[160];
	pid_t pid;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	r = start(path, bench, &pid, err);
	if (r == 0)
		r = wait_for(pid, &signals, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (r == -ECANCELED) {
		last_line(bench, line, sizeof(line));
		err_text(err, r, "the recipe failed: %s", *line ? line : "it does not say why");
	}
	return r;
}

int recipe_unpack(struct sink *sink, const char *path, int scratch, struct err *err)
{
	struct bench bench = {-1, -1, -1};
	int r = open_bench(&bench, scratch, err);

	if (r == 0)
		r = run(path, &bench, err);
	if (r == 0)
		r = unpack_archive(sink, bench.tar, false, err);
	walk_remove(scratch, WORK, NULL);
	cleanup_close(&bench.work);
	cleanup_close(&bench.tar);
	cleanup_close(&bench.said);
	return r;
}
