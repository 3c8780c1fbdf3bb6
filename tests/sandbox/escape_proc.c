/* Ways out by PID 1, by privileges, by namespaces and by missing limits. */
#include "tests/sandbox/escape.h"

#include "base/cleanup.h"
#include "base/programs.h"
#include "sandbox/privileges.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STATUS_BYTES 4096
#define FORKS_MAX 1000 /* well above a node's limit of processes, well below what harms a host */

/*
 * True unless this is the host's PID namespace (4026531836 in include/linux/proc_ns.h). There PID 1
 * is the host's init, which may have the same user as the test, so no attempt may aim at it.
 */
static bool init_is_ours(void)
{
	char link[32];
	ssize_t len = readlink("/proc/self/ns/pid", link, sizeof(link) - 1);

	link[len > 0 ? len : 0] = '\0';
	return len > 0 && strcmp(link, "pid:[4026531836]") != 0;
}

#define NEEDS_OWN_INIT()                                                                           \
	do {                                                                                       \
		if (!init_is_ours())                                                               \
			return escape_say(ESCAPE_UNTRIED, "PID 1 is the host's");                  \
	} while (0)

/*
 * Sends a signal to PID 1 and checks that PID 1 still runs. If the signal kills PID 1, this process
 * dies too and cannot report it. The harness then sees that PID 1 exited.
 */
static int kill_init(int signal)
{
	struct timespec moment = {.tv_nsec = 50000000};
	char stat[256];
	const char *state;

	NEEDS_OWN_INIT();
	kill(1, signal);
	nanosleep(&moment, NULL);
	if (escape_read("/proc/1/stat", stat, sizeof(stat)) <= 0)
		return escape_say(ESCAPE_ESCAPED, "PID 1 is gone");
	state = strrchr(stat, ')');
	if (!state || strchr("TtZX", state[2]))
		return escape_say(ESCAPE_ESCAPED, "PID 1 is in state %.1s",
				  state ? state + 2 : "?");
	return ESCAPE_HELD;
}

static int kill_init_kill(void)
{
	return kill_init(SIGKILL);
}

static int kill_init_stop(void)
{
	return kill_init(SIGSTOP);
}

/*
 * SIGSEGV must have no effect: from inside its PID namespace, PID 1 gets only signals that it
 * handles (pid_namespaces(7)).
 */
static int kill_init_segv(void)
{
	return kill_init(SIGSEGV);
}

static int ptrace_init(void)
{
	long result;

	NEEDS_OWN_INIT();
	result = ptrace(PTRACE_SEIZE, 1, NULL, NULL);
	if (result == 0)
		ptrace(PTRACE_DETACH, 1, NULL, NULL);
	return escape_refused(result, "ptrace of PID 1");
}

static int vm_init(void)
{
	char here[8];
	struct iovec local = {here, sizeof(here)}, remote = {(void *)(uintptr_t)here, sizeof(here)};
	int verdict;

	NEEDS_OWN_INIT();
	verdict = escape_refused(process_vm_readv(1, &local, 1, &remote, 1, 0), "process_vm_readv");
	if (verdict == ESCAPE_HELD)
		verdict = escape_refused(process_vm_writev(1, &local, 1, &remote, 1, 0),
					 "process_vm_writev");
	return verdict;
}

static int init_files(void)
{
	static const char *const paths[] = {"/proc/1/mem", "/proc/1/environ", "/proc/1/maps",
					    "/proc/1/auxv", "/proc/1/syscall"};
	const char *argv[] = {"/usr/bin/cat", "/proc/1/environ", NULL};
	char out[64];
	int verdict = ESCAPE_HELD;

	NEEDS_OWN_INIT();
	for (size_t i = 0; i < ARRAY_SIZE(paths) && verdict == ESCAPE_HELD; i++) {
		char byte[2];

		if (escape_read(paths[i], byte, sizeof(byte)) > 0)
			verdict = escape_say(ESCAPE_ESCAPED, "%s can be read", paths[i]);
	}
	if (verdict == ESCAPE_HELD && escape_run(argv, out, sizeof(out)) == 0 && out[0])
		return escape_say(ESCAPE_ESCAPED, "a program can read /proc/1/environ");
	return verdict;
}

static int init_descriptor(void)
{
	autoclose int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

	NEEDS_OWN_INIT();
	if (pidfd < 0)
		return ESCAPE_HELD;
	return escape_refused(syscall(SYS_pidfd_getfd, pidfd, 0, 0), "pidfd_getfd of PID 1");
}

/*
 * /proc must not show the host: a process other than PID 1 without a parent, or the /proc of
 * another PID namespace.
 */
static int host_processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char link[32] = "", path[64], status[STATUS_BYTES];
	int verdict = ESCAPE_HELD;

	if (readlink("/proc/self", link, sizeof(link) - 1) < 0 || atoi(link) != getpid())
		verdict = escape_say(ESCAPE_ESCAPED, "/proc is of another PID namespace");
	while (proc && (entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10);

		snprintf(path, sizeof(path), "/proc/%ld/status", pid);
		if (pid > 1 && escape_read(path, status, sizeof(status)) > 0 &&
		    escape_number(status, "PPid:", 10) == 0)
			verdict = escape_say(ESCAPE_ESCAPED, "process %ld is the host's", pid);
	}
	if (proc)
		closedir(proc);
	return verdict;
}

/*
 * Checks that this process is in none of the host's first namespaces. The kernel fixes their
 * numbers (include/linux/proc_ns.h).
 */
static int own_namespaces(void)
{
	static const struct {
		const char *name, *first;
	} host[] = {
	    {"ipc", "ipc:[4026531839]"},       {"uts", "uts:[4026531838]"},
	    {"user", "user:[4026531837]"},     {"pid", "pid:[4026531836]"},
	    {"cgroup", "cgroup:[4026531835]"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(host); i++) {
		char path[32], link[64] = "";

		snprintf(path, sizeof(path), "/proc/self/ns/%s", host[i].name);
		if (readlink(path, link, sizeof(link) - 1) < 0)
			return escape_say(ESCAPE_UNTRIED, "no %s", path);
		if (strcmp(link, host[i].first) == 0)
			return escape_say(ESCAPE_ESCAPED, "the %s namespace is the host's",
					  host[i].name);
	}
	return ESCAPE_HELD;
}

static int unshare_user(void)
{
	return escape_refused(unshare(CLONE_NEWUSER), "unshare of a user namespace");
}

static int reap(long pid, const char *what)
{
	int code = errno;

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	errno = code;
	return escape_refused(pid, what);
}

static int clone_user(void)
{
	return reap(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0),
		    "clone of a user namespace");
}

static int clone3_user(void)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};

	return reap(syscall(SYS_clone3, &args, sizeof(args)), "clone3 of a user namespace");
}

/*
 * The kernel ignores the upper bits of clone's flags: they must not hide CLONE_NEWUSER from the
 * filter.
 */
static int clone_user_high_bits(void)
{
	return reap(syscall(SYS_clone, 0x100000000UL | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0),
		    "clone with upper bits");
}

static int unshare_others(void)
{
	static const int kinds[] = {CLONE_NEWNS,  CLONE_NEWNET, CLONE_NEWPID,
				    CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWCGROUP};
	int verdict = ESCAPE_HELD;

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && verdict == ESCAPE_HELD; i++)
		verdict = escape_refused(unshare(kinds[i]), "unshare");
	return verdict;
}

static int set_namespace(void)
{
	autoclose int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ESCAPE_HELD;
	return escape_refused(setns(fd, 0), "setns");
}

/*
 * Checks the five capability sets in the text of a status file. All must be empty, except that
 * CapPrm and CapEff may hold the capabilities `own`.
 */
static int only_capabilities(const char *status, uint64_t own)
{
	static const char *const sets[] = {"CapInh:", "CapBnd:", "CapAmb:", "CapPrm:", "CapEff:"};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		uint64_t set = (uint64_t)escape_number(status, sets[i], 16);

		if (i < 3 ? set : set & ~own)
			return escape_say(ESCAPE_ESCAPED, "%s %llx", sets[i],
					  (unsigned long long)set);
	}
	return ESCAPE_HELD;
}

static int no_capabilities(const char *status)
{
	return only_capabilities(status, 0);
}

static int capabilities_of_agent(const char *status)
{
	if (privileges_prepare(NULL) < 0)
		return escape_say(ESCAPE_UNTRIED, "no capability sets");
	return only_capabilities(status, privileges_of_agent());
}

static int locked_down(const char *status)
{
	if (escape_number(status, "NoNewPrivs:", 10) != 1)
		return escape_say(ESCAPE_ESCAPED, "NoNewPrivs is not set");
	if (escape_number(status, "Seccomp:", 10) != 2)
		return escape_say(ESCAPE_ESCAPED, "no seccomp filter");
	return ESCAPE_HELD;
}

static int of_self(int (*check)(const char *status))
{
	char status[STATUS_BYTES];

	if (escape_read("/proc/self/status", status, sizeof(status)) <= 0)
		return escape_say(ESCAPE_UNTRIED, "no /proc/self/status");
	return check(status);
}

/*
 * Calls `check` with the status of a new program. A program of root can get the capabilities of the
 * inheritable set back (CVE-2022-27650, CVE-2022-24769).
 */
static int of_program(int (*check)(const char *status))
{
	char status[STATUS_BYTES];
	const char *argv[] = {"/usr/bin/cat", "/proc/self/status", NULL};

	if (escape_run(argv, status, sizeof(status)) != 0)
		return escape_say(ESCAPE_UNTRIED, "can't run cat");
	return check(status);
}

static int caps_empty(void)
{
	return of_self(no_capabilities);
}

static int caps_init(void)
{
	return of_self(capabilities_of_agent);
}

static int caps_exec(void)
{
	return of_program(no_capabilities);
}

static int filter_self(void)
{
	return of_self(locked_down);
}

static int filter_exec(void)
{
	return of_program(locked_down);
}

static int other_uid(void)
{
	return setresuid(1, 1, 1) < 0 ? ESCAPE_HELD
				      : escape_say(ESCAPE_ESCAPED, "became another user");
}

static int other_groups(void)
{
	gid_t group = 0;

	return setgroups(1, &group) < 0 ? ESCAPE_HELD
					: escape_say(ESCAPE_ESCAPED, "chose its groups");
}

static int write_uid_map(void)
{
	autoclose int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, "0 0 1", 5) < 0
		   ? ESCAPE_HELD
		   : escape_say(ESCAPE_ESCAPED, "wrote its own uid_map");
}

static int limits_set(void)
{
	static const struct {
		int resource;
		const char *name;
		rlim_t most;
	} limits[] = {
	    {RLIMIT_NPROC, "nproc", 1024},
	    {RLIMIT_NOFILE, "nofile", 65536},
	    {RLIMIT_CORE, "core", 0},
	};

	/* Set the limits that an agent sets for its programs. */
	programs_limit(0);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].resource, &limit) < 0 || limit.rlim_max > limits[i].most)
			return escape_say(ESCAPE_ESCAPED, "no limit on %s", limits[i].name);
		limit.rlim_max++;
		if (setrlimit(limits[i].resource, &limit) == 0)
			return escape_say(ESCAPE_ESCAPED, "limit on %s can be raised",
					  limits[i].name);
	}
	return ESCAPE_HELD;
}

/*
 * Checks that the limit on processes takes effect, not only that it is set. The kernel exempts
 * root's own uid from this limit.
 */
static int fork_loop(void)
{
	static pid_t pids[FORKS_MAX];
	int count = 0;

	while (count < FORKS_MAX) {
		pid_t pid = fork();

		if (pid == 0) {
			alarm(20);
			pause();
			_exit(0);
		}
		if (pid < 0)
			break;
		pids[count++] = pid;
	}
	for (int i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
	return count < FORKS_MAX ? ESCAPE_HELD
				 : escape_say(ESCAPE_ESCAPED, "%d processes and no end", count);
}

const struct escape escape_processes[] = {
    {.name = "kill-init", .about = "class: SIGKILL of PID 1", .attempt = kill_init_kill},
    {.name = "stop-init", .about = "class: SIGSTOP of PID 1", .attempt = kill_init_stop},
    {.name = "segv-init", .about = "class: SIGSEGV of PID 1", .attempt = kill_init_segv},
    {.name = "ptrace-init", .about = "class: ptrace of the agent", .attempt = ptrace_init},
    {.name = "vm-init", .about = "class: memory of the agent", .attempt = vm_init},
    {.name = "init-files", .about = "class: /proc/1/mem, environ", .attempt = init_files},
    {.name = "init-descriptor", .about = "class: pidfd_getfd", .attempt = init_descriptor},
    {.name = "host-processes", .about = "class: processes visible", .attempt = host_processes},
    {.name = "own-namespaces", .about = "class: namespace shared", .attempt = own_namespaces},
    {.name = "unshare-user", .about = "class: nested user namespace", .attempt = unshare_user},
    {.name = "clone-user", .about = "class: nested user namespace", .attempt = clone_user},
    {.name = "clone3-user", .about = "class: nested user namespace", .attempt = clone3_user},
    {.name = "clone-high-bits", .about = "CVE-2019-10063's kind", .attempt = clone_user_high_bits},
    {.name = "unshare-others", .about = "class: other namespaces", .attempt = unshare_others},
    {.name = "setns", .about = "class: entering a namespace", .attempt = set_namespace},
    {.name = "caps-empty", .about = "class: capabilities", .attempt = caps_empty},
    {.name = "caps-init", .about = "class: the same", .attempt = caps_init, .as_init = true},
    {.name = "caps-exec",
     .about = "CVE-2022-27650, CVE-2022-24769",
     .attempt = caps_exec,
     .as_init = true},
    {.name = "filter-self", .about = "class: no_new_privs, seccomp", .attempt = filter_self},
    {.name = "filter-exec", .about = "class: the same in a program", .attempt = filter_exec},
    {.name = "other-uid", .about = "class: another user", .attempt = other_uid},
    {.name = "other-groups", .about = "CVE-2022-36109, setgroups", .attempt = other_groups},
    {.name = "write-uid-map", .about = "class: mapping ids", .attempt = write_uid_map},
    {.name = "limits-set", .about = "class: limits", .attempt = limits_set},
    {.name = "fork-loop", .about = "class: fork bomb", .attempt = fork_loop},
    {0},
};
