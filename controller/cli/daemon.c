#include "controller/cli/daemon.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/signals.h"
#include "controller/cli/limit_kinds.h"
#include "controller/cli/self.h"
#include "controller/cli/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define START_LIMIT_S 60 /* seconds for a controller to start; emulated machines are slow */
#define UNDO_LIMIT_S 10	 /* seconds for a controller to end after a failed start */
#define LEFT_OVER_LIMIT_S 10
#define JOIN_TRIES 1000 /* one each millisecond */
#define BLIND_WAIT_MS 5 /* without a pidfd: time between two checks for the controller's end */
#define LIFELINE_FD 3

/*
 * Finds the controller's program. If no usual place has the program, `path` is "bonsaid", which
 * execvp(3) looks for in PATH.
 */
static void find_program(char path[PATH_MAX])
{
	static const char *const places[] = {"bonsaid", "../libexec/bonsai/bonsaid", NULL};

	if (!self_find(places, X_OK, path))
		snprintf(path, PATH_MAX, "bonsaid");
}

void daemon_exec(char *const argv[])
{
	char path[PATH_MAX], shown[PATH_MAX];
	int failed;

	find_program(path);
	execvp(path, argv);
	failed = errno;
	text_printable(shown, sizeof(shown), path);
	fprintf(stderr, "Error: cannot run the controller, %s: %s\n", shown, strerror(failed));
}

/* Makes the profile's path absolute, since the controller changes to another folder. */
static const char *full_path(const char *profile, char room[PATH_MAX])
{
	size_t len;

	if (!profile || !*profile || *profile == '/' || !strcmp(profile, "unconfined") ||
	    !getcwd(room, PATH_MAX))
		return profile;
	len = strlen(room);
	return snprintf(room + len, PATH_MAX - len, "/%s", profile) < (int)(PATH_MAX - len)
		   ? room
		   : profile;
}

/*
 * Runs in the child process that becomes the controller. Standard input and output become
 * /dev/null: bonsai alone uses the operator's. The controller inherits bonsai's standard error;
 * only a background controller, which outlives bonsai, gets /dev/null. A session (setsid) of its
 * own keeps the terminal's ^C away from the controller.
 */
static void __attribute__((noreturn))
become_controller(const char *path, const struct daemon_spec *spec, bool background, int line)
{
	char number[8], beat[16], text[PATH_MAX + 128], profile[PATH_MAX];
	const char *argv[32] = {"bonsaid", background ? "--greet" : "--lifeline", number};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int failed, argc = 3;

	setsid();
	signals_reset();
	snprintf(number, sizeof(number), "%d", LIFELINE_FD);
	snprintf(beat, sizeof(beat), "%d", spec->beat_ms);
	const char *const options[][2] = {{"--tree", spec->tree},
					  {"--backend", spec->backend},
					  {"--heartbeat", spec->beat_ms ? beat : NULL},
					  {"--on-crash", spec->on_crash},
					  {"--image", spec->image},
					  {"--cap-add", spec->cap_add},
					  {"--uid-range", spec->uid_range},
					  {"--seccomp", full_path(spec->seccomp, profile)}};
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (!options[i][1])
			continue;
		argv[argc++] = options[i][0];
		argv[argc++] = options[i][1];
	}
	for (size_t i = 0; spec->limits && i < LIMIT_WORDS; i++) {
		if (!spec->limits[i])
			continue;
		argv[argc++] = limit_kinds[i].option;
		argv[argc++] = spec->limits[i];
	}
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || (background && dup2(null, 2) < 0))
		_exit(127);
	/*
	 * A background controller was started in the operator's folder. Leave that folder, so that
	 * its file system can be unmounted.
	 */
	if (background && chdir("/") < 0)
		_exit(127);
	if (line == LIFELINE_FD ? fcntl(line, F_SETFD, 0) : dup2(line, LIFELINE_FD) < 0)
		_exit(127);
	close_range(LIFELINE_FD + 1, ~0U, 0);
	execvp(path, (char *const *)argv);
	failed = errno;
	snprintf(text, sizeof(text), "Error: cannot run the controller, %s: %s\n", path,
		 strerror(failed));
	if (write(LIFELINE_FD, text, strlen(text)) < 0)
		_exit(126);
	_exit(127);
}

static int spawn(struct daemon *daemon, const struct daemon_spec *spec, bool background,
		 struct err *err)
{
	autoclose int ours = -1, theirs = -1;
	char path[PATH_MAX];
	int ends[2];
	pid_t pid;

	find_program(path);
	/*
	 * If the controller is killed, its launcher and nodes become children of bonsai, which
	 * waits until they are gone. bonsai does not adopt them if it has children from before its
	 * exec: it could not tell those children from the controller's.
	 */
	daemon->adopts = !background && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD &&
			 !prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return err_errno(err, -errno, "make a lifeline");
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return err_errno(err, -errno, "fork the controller");
	if (!pid)
		become_controller(path, spec, background, theirs);
	daemon->pid = pid;
	daemon->lifeline = steal_fd(&ours);
	/*
	 * Without a pidfd (valgrind, strict filters) only the lifeline shows the controller's end.
	 */
	daemon->pidfd = pidfd_open(pid, 0);
	return 0;
}

/* Reads the line that the controller sends, without its newline. */
static int read_greeting(struct daemon *daemon, int wake_fd, char *line, size_t size,
			 struct err *err)
{
	int64_t deadline = clock_ns() + START_LIMIT_S * NS_PER_S;
	size_t len = 0;

	while (len + 1 < size) {
		struct pollfd fds[] = {{daemon->lifeline, POLLIN, 0}, {wake_fd, POLLIN, 0}};
		int n = poll(fds, 2, clock_ms_until(deadline, START_LIMIT_S * 1000));
		ssize_t got;

		if (n < 0 && errno != EINTR)
			return err_errno(err, -errno, "wait for the controller");
		if (n > 0 && fds[1].revents)
			return err_text(err, -EINTR, "interrupted");
		if (n <= 0 && clock_ns() >= deadline)
			return err_text(err, -ETIMEDOUT, "the controller did not start within %d s",
					START_LIMIT_S);
		if (n <= 0 || !fds[0].revents)
			continue;
		got = recv(daemon->lifeline, line + len, size - 1 - len, MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno == ECONNRESET))
			return err_text(err, -EPIPE, "the controller ended before it served");
		if (got < 0)
			continue;
		len += (size_t)got;
		line[len] = '\0';
		if (strchr(line, '\n')) {
			*strchr(line, '\n') = '\0';
			return 0;
		}
	}
	return err_text(err, -EPROTO, "the controller's greeting is too long");
}

static int take_greeting(struct daemon *daemon, const char *line, struct err *err)
{
	char shown[200], told[200];
	size_t len;

	if (!strncmp(line, "Error: ", 7)) {
		limit_kinds_reword(line + 7, told, sizeof(told));
		text_printable(shown, sizeof(shown), told);
		return err_text(err, -ECONNREFUSED, "%s", shown);
	}
	text_printable(shown, sizeof(shown), line);
	len = strlen(line);
	if (strncmp(line, "OK /", 4) || len - 3 >= sizeof(daemon->dir))
		return err_text(err, -EPROTO, "the controller's greeting makes no sense: %s",
				shown);
	memcpy(daemon->dir, line + 3, len - 2);
	return 0;
}

static int start(struct daemon *daemon, const struct daemon_spec *spec, bool background,
		 int wake_fd, struct err *err)
{
	char line[1024] = "", how[64] = "";
	int rc = spawn(daemon, spec, background, err);

	if (!rc)
		rc = read_greeting(daemon, wake_fd, line, sizeof(line), err);
	if (!rc)
		rc = take_greeting(daemon, line, err);
	/*
	 * A background controller has no lifeline, so end a controller whose start failed with a
	 * signal. SIGTERM would take the whole tree down. If the tree existed before, SIGKILL ends
	 * only the controller and leaves the tree to its launcher.
	 */
	if (rc && background && daemon->pid)
		kill(daemon->pid, spec->held ? SIGKILL : SIGTERM);
	if (rc)
		daemon_stop(daemon, clock_ns() + UNDO_LIMIT_S * NS_PER_S, how, sizeof(how));
	if (rc == -EPIPE && *how)
		err_text(err, rc, "the controller ended before it served: %s", how);
	return rc;
}

int daemon_start(struct daemon *daemon, const struct daemon_spec *spec, int wake_fd,
		 struct err *err)
{
	return start(daemon, spec, false, wake_fd, err);
}

int daemon_raise(const struct daemon_spec *spec, int wake_fd, struct err *err)
{
	struct daemon daemon = DAEMON_INIT;
	int rc = start(&daemon, spec, true, wake_fd, err);

	if (rc)
		return rc;
	cleanup_close(&daemon.lifeline);
	cleanup_close(&daemon.pidfd);
	return 0;
}

/*
 * Opens a pidfd of the controller. False if the controller is starting or ending: then `controller`
 * is 0, or no process has this process number anymore.
 */
static bool watch(struct daemon *daemon, pid_t controller)
{
	if (controller <= 0)
		return false;
	/* Where pidfd_open(2) does not work (valgrind, strict filters), join without a pidfd. */
	daemon->pidfd = pidfd_open(controller, 0);
	return daemon->pidfd >= 0 || errno != ESRCH;
}

int daemon_join(struct daemon *daemon, const struct rundir_tree *tree, int wake_fd, struct err *err)
{
	static const struct timespec nap = {0, NS_PER_MS};
	const struct daemon_spec spec = {.tree = tree->name, .held = true};
	struct rundir_tree now = *tree;

	/*
	 * Retry while the controller's process number is missing, as on a full disk. Without that
	 * number bonsai can't notice the controller's end. So bonsai joins without the number only
	 * after all tries.
	 */
	for (int i = 0; i < JOIN_TRIES; i++) {
		if (now.state == RUNDIR_HELD) {
			int rc = daemon_raise(&spec, wake_fd, err);

			/* -ECONNREFUSED: another client may have started a controller before us. */
			if (rc && rc != -ECONNREFUSED)
				return rc;
			rundir_find(tree->name, &now);
			if (rc && now.state != RUNDIR_SERVED)
				return rc;
		}
		if (now.state == RUNDIR_FREE)
			return err_text(err, -ENOENT, "the tree %s has just gone down", tree->name);
		if (now.state == RUNDIR_SERVED && watch(daemon, now.controller))
			break;
		nanosleep(&nap, NULL);
		rundir_find(tree->name, &now);
	}
	memcpy(daemon->dir, now.path, sizeof(daemon->dir));
	return 0;
}

static bool has_ended(const struct daemon *daemon)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)daemon->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid;
}

/* Waits until `deadline_ns` for the controller to end by itself; true if it has ended. */
static bool wait_for(const struct daemon *daemon, int64_t deadline_ns)
{
	struct pollfd fd = {daemon->pidfd, POLLIN, 0};
	int at_most_ms = daemon->pidfd < 0 ? BLIND_WAIT_MS : 1000;

	while (daemon->pid && !has_ended(daemon)) {
		if (clock_ns() >= deadline_ns)
			return false;
		poll(&fd, 1, clock_ms_until(deadline_ns, at_most_ms));
	}
	return true;
}

/*
 * After a controller has died, its processes end by themselves. Waits at most LEFT_OVER_LIMIT_S for
 * these processes and reaps them.
 */
static void reap_left_over(void)
{
	static const struct timespec nap = {0, NS_PER_MS};
	int64_t deadline = clock_ns() + LEFT_OVER_LIMIT_S * NS_PER_S;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0 && clock_ns() < deadline)
		if (!pid)
			nanosleep(&nap, NULL);
}

static void tell_how(int status, char *how, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(how, size, "killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(how, size, "exited with status %d", WEXITSTATUS(status));
}

void daemon_stop(struct daemon *daemon, int64_t deadline_ns, char *how, size_t size)
{
	int status = 0;

	if (size)
		*how = '\0';
	if (daemon->lifeline >= 0)
		close(steal_fd(&daemon->lifeline));
	if (!daemon->pid) {
		cleanup_close(&daemon->pidfd);
		daemon->pidfd = -1;
		return;
	}
	if (!wait_for(daemon, deadline_ns))
		kill(daemon->pid, SIGKILL);
	while (waitpid(daemon->pid, &status, 0) < 0 && errno == EINTR)
		;
	daemon->pid = 0;
	if (daemon->pidfd >= 0)
		close(steal_fd(&daemon->pidfd));
	tell_how(status, how, size);
	if (daemon->adopts)
		reap_left_over();
	if (status && *daemon->dir)
		rundir_remove_path(daemon->dir);
}
