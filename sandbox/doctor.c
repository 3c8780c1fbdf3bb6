#include "sandbox/doctor.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define LIMIT_MS 10000

void doctor_ok(struct doctor_finding *finding, const char *fmt, ...)
{
	va_list ap;

	finding->state = DOCTOR_OK;
	va_start(ap, fmt);
	vsnprintf(finding->detail, sizeof(finding->detail), fmt, ap);
	va_end(ap);
}

void doctor_lack(struct doctor_finding *finding, const char *mend, const char *fmt, ...)
{
	va_list ap;

	finding->state = DOCTOR_LACKS;
	va_start(ap, fmt);
	vsnprintf(finding->detail, sizeof(finding->detail), fmt, ap);
	va_end(ap);
	snprintf(finding->mend, sizeof(finding->mend), "%s", mend);
}

void doctor_lack_errno(struct doctor_finding *finding, int error, const char *mend,
		       const char *what)
{
	doctor_lack(finding, mend, "%s: %s", what, strerror(error < 0 ? -error : error));
}

static void unknown(struct doctor_finding *finding, const char *fmt, const char *what)
{
	memset(finding, 0, sizeof(*finding));
	finding->state = DOCTOR_UNKNOWN;
	snprintf(finding->detail, sizeof(finding->detail), fmt, what);
}

/*
 * Runs the probe in its own process group, so that try() can kill every process that the probe
 * starts. The kernel kills the probe if the doctor dies.
 */
static void __attribute__((noreturn)) be_probe(const struct doctor_probe *probe, int answer)
{
	struct doctor_finding finding = {.state = DOCTOR_UNKNOWN};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int fd = 0; null >= 0 && fd <= 1; fd++)
		dup2(null, fd);
	probe->look(&finding);
	_exit(write(answer, &finding, sizeof(finding)) != sizeof(finding));
}

static void hear(int answer, struct doctor_finding *finding)
{
	int64_t deadline_ns = clock_ns() + LIMIT_MS * NS_PER_MS;
	struct pollfd fd = {.fd = answer, .events = POLLIN};
	struct doctor_finding heard;
	int n;

	do
		n = poll(&fd, 1, clock_ms_until(deadline_ns, LIMIT_MS));
	while (n < 0 && errno == EINTR);
	/*
	 * A finding is shorter than PIPE_BUF, so a read from the pipe returns the whole finding or
	 * nothing.
	 */
	if (n <= 0)
		unknown(finding, "no answer within %s", "10 s");
	else if (read(answer, &heard, sizeof(heard)) != sizeof(heard))
		unknown(finding, "%s", "the process that tried it died");
	else
		*finding = heard;
}

static void try(const struct doctor_probe *probe, struct doctor_finding *finding)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		unknown(finding, "no pipe to try it with: %s", strerror(errno));
		return;
	}
	autoclose int ours = ends[0], theirs = ends[1];
	pid = fork();
	if (pid < 0) {
		doctor_lack_errno(finding, errno, "ulimit -u 16384", "fork");
		return;
	}
	if (!pid)
		be_probe(probe, theirs);
	setpgid(pid, pid);
	close(steal_fd(&theirs));
	hear(ours, finding);
	kill(-pid, SIGKILL);
	/*
	 * Reap all processes of the probe's process group. Orphans of the probe are now children of
	 * this process: doctor_look made this process a child subreaper.
	 */
	while (waitpid(-pid, NULL, 0) > 0 || errno == EINTR)
		;
}

static const struct doctor_probe *want_of(const struct doctor_probe *probes, size_t count,
					  const struct doctor_finding *findings, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(probes[i].name, name))
			return findings[i].state == DOCTOR_OK ? NULL : &probes[i];
	return NULL;
}

void doctor_look(const struct doctor_probe *probes, size_t count, struct doctor_finding *findings)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (size_t i = 0; i < count; i++) {
		const char *after = probes[i].after;

		memset(&findings[i], 0, sizeof(findings[i]));
		if (after && want_of(probes, i, findings, after))
			unknown(&findings[i], "not tried, for want of: %s", after);
		else
			try(&probes[i], &findings[i]);
	}
}
