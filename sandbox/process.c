/*
 * The `process` backend: the agent as a plain program, forked and executed, for debuggers and as
 * the baseline of measurements. All agents share the launcher's network namespace. Each agent has a
 * PID namespace of its own. So when a node ends, the kernel also kills all processes that the node
 * has started.
 */
#include "sandbox/cloner.h"
#include "sandbox/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define AGENT_FD 4 /* where init_step_descriptors puts the agent's program */

static init_step *const steps[] = {
    init_step_descriptors, init_step_wait_ids, init_step_wait_network, init_step_limits, NULL,
};

static void entry(struct init *init)
{
	char boot[SANDBOX_BOOT_BYTES];
	char *argv[] = {(char *)"bonsai-node", boot, NULL};

	memcpy(boot, init->spec->boot, sizeof(boot));
	fexecve(AGENT_FD, argv, environ);
}

static const struct init_plan plan = {CLONE_NEWPID, steps, entry};

static int prepare(struct host *host, const char *agent, struct err *err)
{
	host->agent = open(agent, O_RDONLY | O_CLOEXEC);
	if (host->agent < 0 || access(agent, X_OK) < 0)
		return err_errno(err, -errno, "open the agent %s", agent);
	return init_prepare(host, &plan, err);
}

const struct backend backend_process = {
    .name = "process",
    .number = 2,
    .isolated = false,
    .prepare = prepare,
    .start = init_start,
    .end = cloner_stop,
};
