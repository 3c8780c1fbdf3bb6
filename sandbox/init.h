/*
 * The first moments of an init, alike for the backends: clone3(2) on the
 * launcher's side; on the init's, an ordered list of set-up steps, the first of which
 * that fails being reported by name and errno.
 */
#ifndef BONSAI_SANDBOX_INIT_H
#define BONSAI_SANDBOX_INIT_H

#include "sandbox/backend.h"

#include <linux/sched.h>

/* Every namespace of the kernel that a node has of its own. */
#define INIT_NAMESPACES                                                                            \
	(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | \
	 CLONE_NEWCGROUP)

/*
 * Texts are made before the clone: an init that calls printf for them touches a dozen
 * pages more, and each costs a page fault in each sandbox.
 */
struct init {
	const struct host *host;
	const struct sandbox_spec *spec;
	int sync;
	char name[16];	/* the host name, n<ID> */
	char title[32]; /* what ps shows */
};

typedef int init_step(struct init *init, struct err *err);

/*
 * Clones with the namespaces `flags`; in the child runs the steps (NULL-terminated),
 * reports, and becomes `entry`, never to return. In the launcher fills pid, pidfd
 * and sync of `sandbox`.
 */
int init_start(const struct host *host, const struct sandbox_spec *spec, uint64_t flags,
	       init_step *const steps[], void (*entry)(struct init *init), struct sandbox *sandbox,
	       struct err *err);

/* Steps that several backends share. */
init_step init_step_descriptors, init_step_wait_ids, init_step_wait_network, init_step_limits;

#endif
