#include "images/squash.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "images/folder.h"
#include "images/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LIMIT_S 600
#define FOLDER_NAME "squash"
#define SOURCE_FD 3
#define FOLDER_FD 4
#define NOT_ALL 2 /* unsquashfs's exit status if it could not make entries, such as devices */

/* What unsquashfs lists: the number and the size of the contents. */
struct listing {
	uint64_t size; /* size of the squashfs file */
	uint64_t bytes, entries;
	uint64_t special; /* devices, fifos, sockets */
	uint64_t setid;
};

/* A running unsquashfs. */
struct run {
	pid_t pid;
	int said; /* read end of unsquashfs's standard error */
	int64_t deadline_ns;
};

bool squash_is(int fd)
{
	char magic[4];

	return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) && !memcmp(magic, "hsqs", 4);
}

/*
 * Starts unsquashfs with standard output `out`. unsquashfs gets the squashfs file as descriptor
 * SOURCE_FD and the scratch folder as FOLDER_FD; the arguments name both as /proc/self/fd/N. Paths
 * would be less safe, since unsquashfs does not use O_NOFOLLOW.
 */
static int start(char *const argv[], int out, int fd, int scratch, struct run *run, struct err *err)
{
	posix_spawn_file_actions_t actions;
	/*
	 * Duplicate each descriptor to a number of 10 or more, so that no dup2 below overwrites a
	 * descriptor that a later dup2 needs.
	 */
	autoclose int source = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	autoclose int folder = fcntl(scratch, F_DUPFD_CLOEXEC, 10);
	autoclose int to = fcntl(out, F_DUPFD_CLOEXEC, 10);
	autoclose int said = -1, says = -1;
	int r, ends[2];

	/*
	 * Non-blocking: unsquashfs never waits for this process to read its messages. Messages that
	 * the pipe cannot hold are lost.
	 */
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_errno(err, -errno, "run unsquashfs");
	said = ends[0];
	says = ends[1];
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, to, 1);
	posix_spawn_file_actions_adddup2(&actions, says, 2);
	posix_spawn_file_actions_adddup2(&actions, source, SOURCE_FD);
	posix_spawn_file_actions_adddup2(&actions, folder, FOLDER_FD);
	r = -posix_spawnp(&run->pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r == -ENOENT)
		return err_text(err, r, "a squashfs needs unsquashfs: apt install squashfs-tools");
	if (r < 0)
		return err_errno(err, r, "run unsquashfs");
	run->said = steal_fd(&said);
	return 0;
}

/* Reports why unsquashfs failed: the first line of its messages. */
static int refused(const struct run *run, struct err *err)
{
	char line[160];
	ssize_t n = read(run->said, line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (strstr(line, "No space left on device"))
		return err_errno(err, -ENOSPC, "unpack the squashfs");
	return err_text(err, -EBADMSG, "the squashfs is damaged: unsquashfs refused it%s%s",
			*line ? ": " : "", line);
}

static int finish(struct run *run, const struct listing *listing, struct err *err)
{
	autoclose int pidfd = pidfd_open(run->pid, 0), said = run->said;
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	int status = 0;

	while (pidfd >= 0 && clock_ns() < run->deadline_ns)
		if (poll(&poll_fd, 1, clock_ms_until(run->deadline_ns, 1000)) > 0)
			break;
	if (!(poll_fd.revents & POLLIN))
		kill(run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!(poll_fd.revents & POLLIN))
		return err_text(err, -ETIMEDOUT, "unsquashfs did not end within %d s", LIMIT_S);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALL && listing->special)
		return 0;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : refused(run, err);
}

static bool is_setid(const char *modes)
{
	return strlen(modes) > 6 && (strchr("sS", modes[3]) || strchr("sS", modes[6]));
}

/*
 * Adds a line of unsquashfs's list to the sums of `listing`. In the line of a device, "8, 1" stands
 * in place of the size. An example:
 *
 *   -rw-r--r-- 0/0    123 2026-01-01 00:00 squashfs-root/NAME
 */
static int add_line(const struct sink *sink, const char *line, struct listing *listing,
		    struct err *err)
{
	unsigned long long size;

	if (*line == '-' && sscanf(line, "%*s %*s %llu", &size) == 1) {
		if (size > sink->limits.bytes - listing->bytes)
			return err_text(err, -EFBIG, "the image is larger than %llu bytes",
					(unsigned long long)sink->limits.bytes);
		listing->bytes += size;
		listing->setid += is_setid(line);
	}
	listing->special += *line && strchr("bcps", *line);
	if (listing->bytes > SINK_RATIO_FLOOR &&
	    listing->bytes / sink->limits.ratio > listing->size)
		return err_text(err, -EFBIG, "more than %llu bytes come out of each one",
				(unsigned long long)sink->limits.ratio);
	if (++listing->entries > sink->limits.entries)
		return err_text(err, -E2BIG, "more entries than are allowed");
	return 0;
}

/*
 * Waits for the next output of unsquashfs until `deadline_ns` at most (-ETIMEDOUT), and reads it.
 * 0: end of file.
 */
static ssize_t listen_to(int from, char *piece, size_t size, int64_t deadline_ns)
{
	struct pollfd poll_fd = {.fd = from, .events = POLLIN};

	while (poll(&poll_fd, 1, clock_ms_until(deadline_ns, LIMIT_S * 1000)) <= 0)
		if (clock_ns() >= deadline_ns)
			return -ETIMEDOUT;
	return read(from, piece, size);
}

static int read_list(const struct sink *sink, int from, int64_t deadline_ns,
		     struct listing *listing, struct err *err)
{
	char piece[4096], line[128]; /* keep only a line's beginning: it has all the fields used */
	size_t len = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = listen_to(from, piece, sizeof(piece), deadline_ns)) > 0) {
		for (ssize_t i = 0; i < n && r == 0; i++) {
			if (piece[i] != '\n') {
				if (len < sizeof(line) - 1)
					line[len++] = piece[i];
				continue;
			}
			line[len] = '\0';
			len = 0;
			r = add_line(sink, line, listing, err);
		}
	}
	return r;
}

/*
 * Lists the contents of the squashfs, and checks the list against the limits, before anything is
 * unpacked.
 */
static int look(const struct sink *sink, int fd, int scratch, struct run *run,
		struct listing *listing, struct err *err)
{
	char *const argv[] = {(char *)"unsquashfs", (char *)"-lln", (char *)"/proc/self/fd/3",
			      NULL};
	autoclose int from = -1;
	int ends[2], r, ended;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "run unsquashfs");
	from = ends[0];
	r = start(argv, ends[1], fd, scratch, run, err);
	close(ends[1]);
	if (r < 0)
		return r;
	r = read_list(sink, from, run->deadline_ns, listing, err);
	/*
	 * If the list is too long, unsquashfs may still be writing it. Close the pipe, so that
	 * unsquashfs's writes fail and it ends.
	 */
	close(steal_fd(&from));
	ended = finish(run, listing, r < 0 ? NULL : err);
	return r < 0 ? r : ended;
}

static int unpack(int fd, int scratch, struct run *run, const struct listing *listing,
		  struct err *err)
{
	char *const argv[] = {(char *)"unsquashfs",
			      (char *)"-n",
			      (char *)"-no-xattrs",
			      (char *)"-d",
			      (char *)"/proc/self/fd/4/" FOLDER_NAME,
			      (char *)"/proc/self/fd/3",
			      NULL};
	autoclose int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int r = start(argv, null, fd, scratch, run, err);

	return r < 0 ? r : finish(run, listing, err);
}

static int copy(struct sink *sink, int scratch, const struct listing *listing, struct err *err)
{
	autoclose int made =
	    openat(scratch, FOLDER_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = made < 0 ? err_errno(err, -errno, "open what unsquashfs made")
			 : folder_copy(sink, made, true, err);

	/*
	 * Count devices, fifos and sockets as listed: unsquashfs makes some of them only as root.
	 */
	if (sink->dropped < listing->special) {
		sink->entries += listing->special - sink->dropped;
		sink->dropped = listing->special;
	}
	if (sink->stripped < listing->setid)
		sink->stripped = listing->setid;
	return r;
}

int squash_unpack(struct sink *sink, int fd, int scratch, struct err *err)
{
	struct run run = {.deadline_ns = clock_ns() + LIMIT_S * NS_PER_S};
	struct listing listing = {0};
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return err_errno(err, -errno, "look at the squashfs");
	listing.size = (uint64_t)st.st_size;
	r = look(sink, fd, scratch, &run, &listing, err);
	if (r == 0)
		r = unpack(fd, scratch, &run, &listing, err);
	if (r == 0)
		r = copy(sink, scratch, &listing, err);
	walk_remove(scratch, FOLDER_NAME, NULL);
	return r;
}
