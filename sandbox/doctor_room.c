/* The doctor's probes of resources: descriptors, processes, memory, pseudo-terminals. */
#include "sandbox/doctor_probes.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES_LEAST 128 /* bonsaid does not start with fewer descriptors */
#define FILES_A_NODE 2	/* for each node, the launcher has a pidfd and a netlink socket */
#define FILES_BESIDES 64
#define MEND_FILES "ulimit -n 20000 (as root)"
#define PROCESSES_LEAST 16 /* for the controller, the launcher and one node that runs a program */
#define THREADS_A_NODE 3
#define NODE_KB 300 /* all memory that a node takes, see docs/performance.md */

/* Returns the number at the beginning of the file `path`. -1: there is none. */
static long number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

static long limit_of(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_max > LONG_MAX)
		return LONG_MAX;
	return (long)limit.rlim_max;
}

/* Raises the soft limit to the hard limit, as bonsaid does. */
static void raise_limit(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(resource, &limit);
}

void doctor_files(struct doctor_finding *finding)
{
	int had = STDERR_FILENO + 1;

	raise_limit(RLIMIT_NOFILE);
	while (had < FILES_LEAST && dup(STDIN_FILENO) >= 0)
		had++;
	if (had < FILES_LEAST)
		doctor_lack(finding, MEND_FILES, "%ld may be open, %d are needed: %s",
			    limit_of(RLIMIT_NOFILE), FILES_LEAST, strerror(errno));
	else
		doctor_ok(finding, "%ld may be open", limit_of(RLIMIT_NOFILE));
}

static void room(struct doctor_finding *finding, long nodes, const char *mend, const char *by)
{
	if (nodes < DOCTOR_MANY_NODES)
		doctor_lack(finding, mend, "room for %ld nodes (%s)", nodes < 0 ? 0 : nodes, by);
	else
		doctor_ok(finding, "room for %ld nodes (%s)", nodes, by);
}

void doctor_many_files(struct doctor_finding *finding)
{
	room(finding, (limit_of(RLIMIT_NOFILE) - FILES_BESIDES) / FILES_A_NODE, MEND_FILES,
	     "ulimit -Hn");
}

void doctor_processes(struct doctor_finding *finding)
{
	for (int i = 0; i < PROCESSES_LEAST; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			pause(); /* sleeps until the doctor kills this process after the probe */
			_exit(1);
		}
		if (pid < 0) {
			doctor_lack_errno(finding, errno, "ulimit -u 16384", "fork");
			return;
		}
	}
	doctor_ok(finding, "%d at once", PROCESSES_LEAST);
}

void doctor_many_processes(struct doctor_finding *finding)
{
	static const struct {
		const char *path, *name, *mend;
	} limits[] = {
	    {"/proc/sys/kernel/pid_max", "kernel.pid_max", "sysctl -w kernel.pid_max=4194304"},
	    {"/proc/sys/kernel/threads-max", "kernel.threads-max",
	     "sysctl -w kernel.threads-max=200000"},
	};
	const char *by = "ulimit -u", *mend = "ulimit -u 16384";
	long most = geteuid() ? limit_of(RLIMIT_NPROC) : LONG_MAX;
	FILE *load = fopen("/proc/loadavg", "re");
	long running = 0;

	/* The file is like "0.01 0.02 0.03 RUNNABLE/THREADS PID". */
	if (load && fscanf(load, "%*s %*s %*s %*d/%ld", &running) != 1)
		running = 0;
	if (load)
		fclose(load);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		long limit = number_in(limits[i].path) - running;

		if (limit >= 0 && limit < most) {
			most = limit;
			by = limits[i].name;
			mend = limits[i].mend;
		}
	}
	room(finding, most / THREADS_A_NODE, mend, by);
}

void doctor_memory(struct doctor_finding *finding)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kb = -1;

	while (file && kb < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld kB", &kb) != 1)
			kb = -1;
	if (file)
		fclose(file);
	if (kb < 0)
		snprintf(finding->detail, sizeof(finding->detail),
			 "no MemAvailable in /proc/meminfo");
	else
		room(finding, kb / NODE_KB, "free -m; end what takes the memory", "MemAvailable");
}

void doctor_ptys(struct doctor_finding *finding)
{
	long most = number_in("/proc/sys/kernel/pty/max"),
	     used = number_in("/proc/sys/kernel/pty/nr");
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0)
		doctor_lack_errno(finding, errno,
				  errno == ENOSPC ? "sysctl -w kernel.pty.max=4096"
						  : "mount -t devpts devpts /dev/pts",
				  "open one");
	else
		doctor_ok(finding, "opened one; %ld of %ld are used", used, most);
}
