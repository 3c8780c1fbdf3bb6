#include "sandbox/enter.h"

#include "base/cleanup.h"
#include "base/programs.h"
#include "base/signals.h"
#include "sandbox/audit_proc.h"
#include "sandbox/filter.h"
#include "sandbox/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define AGENT 1		     /* the agent's process number inside the sandbox */
#define NOT_FOUND_STATUS 127 /* as sh(1) */
#define NOT_STARTED_STATUS 126

static const struct {
	const char *name;
	int flag;
} namespaces[] = {
    {"user", CLONE_NEWUSER},	 {"mnt", CLONE_NEWNS},	{"pid", CLONE_NEWPID},
    {"net", CLONE_NEWNET},	 {"uts", CLONE_NEWUTS}, {"ipc", CLONE_NEWIPC},
    {"cgroup", CLONE_NEWCGROUP},
};

/* Reads the process number from the pidfd's file in /proc/self/fdinfo, see pidfd_open(2). */
pid_t sandbox_init_of(int pidfd)
{
	char path[64], line[128];
	FILE *info;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	if (info)
		fclose(info);
	return pid > 0 ? pid : 0;
}

/*
 * Finds the kinds of namespaces in which `pid` and the caller differ, as flags for setns(2).
 * setns(2) refuses to join the user namespace in which the caller already is.
 */
static int find_flags(pid_t pid, int *flags, struct err *err)
{
	*flags = 0;
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		char theirs[64], ours[64];
		struct stat a, b;

		snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", pid, namespaces[i].name);
		snprintf(ours, sizeof(ours), "/proc/self/ns/%s", namespaces[i].name);
		if (stat(theirs, &a) < 0 || stat(ours, &b) < 0)
			return err_errno(err, -errno, "look at the sandbox's %s namespace",
					 namespaces[i].name);
		if (a.st_ino != b.st_ino || a.st_dev != b.st_dev)
			*flags |= namespaces[i].flag;
	}
	return 0;
}

static int join(int pidfd, int flags, struct err *err)
{
	if (setns(pidfd, flags) < 0)
		return err_errno(err, -errno, "enter the sandbox's namespaces");
	if (chdir("/") < 0)
		return err_errno(err, -errno, "go to the sandbox's root");
	if (!(flags & CLONE_NEWUSER))
		return 0;
	/*
	 * Ignore a failure: where the kernel denies setgroups(2), only one id is mapped, and the
	 * process cannot drop its groups.
	 */
	setgroups(0, NULL);
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_errno(err, -errno, "become root of the sandbox");
	return 0;
}

/* Sets PATH and HOME as the agent does for its programs. TERM keeps the caller's value. */
static void set_environment(void)
{
	const char *term = getenv("TERM");
	autofree char *kept = term ? strdup(term) : NULL;
	char host[HOST_NAME_MAX + 4];

	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	if (kept)
		setenv("TERM", kept, 1);
	/*
	 * Put the sandbox's name into the shell's prompt: else it would look like a shell of the
	 * host.
	 */
	if (gethostname(host, sizeof(host) - 3) == 0) {
		host[sizeof(host) - 4] = '\0';
		setenv("PS1", strcat(host, "# "), 1);
	}
}

/*
 * Puts the process group `group` into the terminal's foreground. Blocks SIGTTOU meanwhile, since
 * the kernel would stop a caller in the background by that signal. The program has a process group
 * of its own, since the caller's group has no number in the sandbox's PID namespace.
 */
static void take_foreground(pid_t group)
{
	sigset_t stop, before;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, &before);
	tcsetpgrp(STDIN_FILENO, group);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void __attribute__((noreturn))
become(char *const argv[], bool isolated, uint64_t caps, const struct filter *filter)
{
	struct err err = {0};
	int r = 0;

	signals_reset();
	setpgid(0, 0);
	take_foreground(getpgrp());
	if (isolated) {
		programs_limit(AGENT);
		r = privileges_limit(&err);
		if (r == 0)
			r = privileges_drop(caps, 0, &err);
	}
	/* Set the parent-death signal after the change of ids, which clears it (prctl(2)). */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (r == 0 && isolated)
		r = filter_load(filter, &err);
	if (r < 0) {
		fprintf(stderr, "Error: %s\n", err.text);
		_exit(NOT_STARTED_STATUS);
	}
	set_environment();
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execvp(argv[0], argv);
	r = errno;
	fprintf(stderr, "Error: %s: %s\n", argv[0], strerror(r));
	_exit(r == ENOENT ? NOT_FOUND_STATUS : NOT_STARTED_STATUS);
}

static int entered = -1; /* pidfd of the child */
static int end_signal;	 /* the signal that end_child sends to the child */
static volatile sig_atomic_t ended_by;

static void end_child(int signal)
{
	ended_by = signal;
	syscall(SYS_pidfd_send_signal, entered, end_signal, NULL, 0);
}

/*
 * Signals that end this process. Their handler ends the child; this process waits for the child
 * before it ends itself. Otherwise the host's init would inherit this process's descendants in the
 * sandbox. A sandbox cannot end while one of its processes is not reaped, and in many containers
 * the init process never reaps.
 */
static const int endings[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/*
 * Forks. From then on, if the parent gets a signal of `endings` that it does not ignore, it sends
 * the signal `ends_by` to the child. Returns 0 in the child, where all signals are blocked.
 */
static pid_t fork_child(int ends_by)
{
	const struct sigaction end = {.sa_handler = end_child};
	struct sigaction was;
	sigset_t all, none;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	pid = fork();
	if (pid == 0)
		return 0;
	end_signal = ends_by;
	entered = pid > 0 ? pidfd_open(pid, 0) : -1;
	for (size_t i = 0; i < ARRAY_SIZE(endings) && entered >= 0; i++)
		if (sigaction(endings[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaction(endings[i], &end, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return pid;
}

static void end_likewise(void)
{
	if (!ended_by)
		return;
	signal(ended_by, SIG_DFL);
	raise(ended_by);
}

/*
 * Waits for the child as a shell waits for a job. If the child is stopped, stops this process group
 * too. When this process group is continued, continues the child.
 */
static int wait_for(pid_t pid)
{
	int status;

	for (;;) {
		if (waitpid(pid, &status, WUNTRACED) < 0) {
			if (errno == EINTR)
				continue;
			return NOT_STARTED_STATUS << 8;
		}
		if (!WIFSTOPPED(status))
			break;
		take_foreground(getpgrp());
		kill(0, SIGSTOP);
		take_foreground(pid);
		kill(-pid, SIGCONT);
	}
	take_foreground(getpgrp());
	return status;
}

/* The sandbox to enter, and the privileges and filter for the program that runs there. */
struct entry {
	int pidfd, flags;
	bool isolated;
	uint64_t caps;
	struct filter filter;
	char *const *argv;
};

static int look_at(struct entry *entry, int taken, struct err *err)
{
	pid_t pid = sandbox_init_of(entry->pidfd);
	char caps[32] = "";
	int r;

	if (!pid)
		return err_errno(err, -ESRCH, "enter the sandbox");
	r = find_flags(pid, &entry->flags, err);
	if (r < 0)
		return r;
	/*
	 * Give the program the same capabilities that the sandbox's own programs were given. The
	 * agent keeps these in its ambient set.
	 */
	audit_status("/proc", pid, "CapAmb", caps, sizeof(caps));
	entry->caps = strtoull(caps, NULL, 16);
	entry->isolated = (entry->flags & CLONE_NEWUSER) && (entry->flags & CLONE_NEWUTS);
	if (!entry->isolated)
		return 0;
	r = taken ? filter_take(&entry->filter, taken, err) : filter_compile(&entry->filter, err);
	return r < 0 ? r : privileges_prepare(err);
}

static int run(const struct entry *entry, pid_t parent, int *status, struct err *err)
{
	int r = join(entry->pidfd, entry->flags, err);
	pid_t pid;

	if (r < 0)
		return r;
	/* Set the parent-death signal after the change of ids, which clears it (prctl(2)). */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return err_errno(err, -ECANCELED, "enter the sandbox");
	pid = fork_child(SIGKILL);
	if (pid < 0)
		return err_errno(err, -errno, "start a process in the sandbox");
	if (pid == 0)
		become(entry->argv, entry->isolated, entry->caps, &entry->filter);
	*status = wait_for(pid);
	return 0;
}

/*
 * The keeper: a process between the `bonsai enter` command and the program; the program's parent.
 * If SIGKILL ends the command, the command can neither end nor reap the program. The keeper
 * outlives the command and does both.
 */
static void __attribute__((noreturn)) keep(const struct entry *entry, pid_t parent)
{
	struct err err = {0};
	int status;

	/*
	 * Put the keeper into a process group of its own, so that it gets no signals from the
	 * terminal. These signals are for the program and for the `bonsai enter` command.
	 */
	setpgid(0, 0);
	if (run(entry, parent, &status, &err) < 0) {
		fprintf(stderr, "Error: %s\n", err.text);
		_exit(1);
	}
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

int sandbox_enter(int pidfd, int taken, char *const argv[], int *status, struct err *err)
{
	struct entry entry = {.pidfd = pidfd, .argv = argv};
	pid_t own = getpid(), pid;
	int r = look_at(&entry, taken, err);

	if (r < 0)
		return r;
	/*
	 * Until this process executes the program, no program in the sandbox may read its memory,
	 * or reach the host through its files in /proc (CVE-2019-5736).
	 */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_errno(err, -errno, "become undumpable");
	pid = fork_child(SIGTERM);
	if (pid < 0)
		return err_errno(err, -errno, "start a process");
	if (pid == 0)
		keep(&entry, own);
	*status = wait_for(pid);
	end_likewise();
	return 0;
}
