/*
 * The first moments of an init, alike for the backends: it is cloned for the launcher
 * (cloner.h), then does an ordered list of set-up steps, the first of which that fails
 * being reported by name and errno.
 */
#ifndef BONSAI_SANDBOX_INIT_H
#define BONSAI_SANDBOX_INIT_H

#include "sandbox/backend.h"

#include <linux/sched.h>

/* Every namespace of the kernel that a node has of its own. */
#define INIT_NAMESPACES                                                                            \
	(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | \
	 CLONE_NEWCGROUP)

struct init {
	const struct host *host;
	const struct sandbox_spec *spec;
	int sync;
	char name[16];	/* the host name, n<ID> */
	char title[32]; /* what ps shows */
};

typedef int init_step(struct init *init, struct err *err);

/* How the inits of a backend come to be, one as the other. */
struct init_plan {
	uint64_t flags;			  /* of the clone: namespaces */
	init_step *const *steps;	  /* NULL-terminated; the first that fails is reported */
	void (*entry)(struct init *init); /* then; it does not return */
};

/* Once, when all that inits share is ready: starts the process that clones them. `plan` is kept. */
int init_prepare(struct host *host, const struct init_plan *plan, struct err *err);

/* Has an init cloned and fills pid, pidfd and sync of `sandbox`. Does not wait for its steps. */
int init_start(const struct host *host, const struct sandbox_spec *spec, struct sandbox *sandbox,
	       struct err *err);

/* Makes its texts. */
void init_name(struct init *init);

/* The init's part of init_start, for one that came to be otherwise. */
void __attribute__((noreturn)) init_run(struct init *init, const struct init_plan *plan);

/* The same with the steps of the `ns` backend. */
void __attribute__((noreturn)) ns_become(struct init *init);

/* Steps that several backends share. */
init_step init_step_descriptors, init_step_wait_ids, init_step_wait_network, init_step_limits;

#endif
