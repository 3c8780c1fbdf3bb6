#include "sandbox/init.h"

#include "sandbox/cloner.h"
#include "sandbox/privileges.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define SYNC_FD 3 /* number of the init's end of `sync`, after the three standard descriptors */

int init_step_descriptors(struct init *init, struct err *err)
{
	for (int fd = 0; fd <= 2; fd++) {
#ifdef __SANITIZE_ADDRESS__
		if (fd == 2)
			break; /* the sanitizers report to standard error */
#endif
		if (dup2(init->host->null, fd) < 0)
			return err_errno(err, -errno, "set up standard descriptors");
	}
	if (init->sync != SYNC_FD && dup3(init->sync, SYNC_FD, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "set up descriptors");
	init->sync = SYNC_FD;
	if (init->host->agent >= 0) /* the `process` init's program; follows `sync` */
		if (dup3(init->host->agent, SYNC_FD + 1, O_CLOEXEC) < 0)
			return err_errno(err, -errno, "set up descriptors");
	if (close_range(SYNC_FD + 1 + (init->host->agent >= 0), ~0U, 0) < 0)
		return err_errno(err, -errno, "close inherited descriptors");
	return 0;
}

static int wait_byte(const struct init *init, const char *what, struct err *err)
{
	char byte;
	ssize_t n = recv(init->sync, &byte, 1, 0);

	if (n == 1)
		return 0;
	return err_errno(err, n < 0 ? -errno : -EPIPE, "wait for %s", what);
}

int init_step_wait_ids(struct init *init, struct err *err)
{
	return wait_byte(init, "the id map", err);
}

int init_step_wait_network(struct init *init, struct err *err)
{
	return wait_byte(init, "the network", err);
}

int init_step_limits(struct init *init, struct err *err)
{
	(void)init;
	return privileges_limit(err);
}

void init_run(struct init *init, const struct init_plan *plan)
{
	struct setup_report report = {{0}};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	for (init_step *const *step = plan->steps; *step; step++)
		if ((*step)(init, &report.err) < 0)
			break;
	/*
	 * Set the parent-death signal before sending the report, so that no init outlives its
	 * launcher: if the launcher died before this, sending fails and the init exits. Set it
	 * after the change of ids, which clears it (prctl(2)).
	 */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (send(init->sync, &report, sizeof(report), MSG_NOSIGNAL) < 0 || report.err.code < 0)
		_exit(1);
	close(steal_fd(&init->sync));
	plan->entry(init);
	_exit(127);
}

void init_name(struct init *init)
{
	snprintf(init->name, sizeof(init->name), "n%u", init->spec->id);
	snprintf(init->title, sizeof(init->title), "bonsai-node %u", init->spec->id);
}

/* The cloner calls this as `become`: the first function that a clone runs. */
static void become(const struct host *host, const struct sandbox_spec *spec, int sync)
{
	struct init init = {.host = host, .spec = spec, .sync = sync};

	init_name(&init);
	init_run(&init, host->plan);
}

int init_prepare(struct host *host, const struct init_plan *plan, struct err *err)
{
	static struct cloner cloner = {.fd = -1, .become = become};

	cloner.flags = plan->flags;
	host->plan = plan;
	host->cloner = &cloner;
	return cloner_start(host, err);
}

int init_start(const struct host *host, const struct sandbox_spec *spec, struct sandbox *sandbox,
	       struct err *err)
{
	autoclose int ours = -1, theirs = -1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];
	r = cloner_clone(host, spec, theirs, sandbox, err);
	if (r == 0)
		sandbox->sync = steal_fd(&ours);
	return r;
}
