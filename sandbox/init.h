/*
 * How an init starts, the same for all backends. The cloner clones the init (cloner.h). Then the
 * init runs set-up steps in order. The first step that fails is reported by its name and errno.
 */
#ifndef BONSAI_SANDBOX_INIT_H
#define BONSAI_SANDBOX_INIT_H

#include "sandbox/backend.h"

#include <linux/sched.h>

/* All kinds of namespaces that a node has of its own. */
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

/* How all inits of a backend are made. */
struct init_plan {
	uint64_t flags;			  /* of the clone: namespaces */
	init_step *const *steps;	  /* NULL-terminated; an init runs them in order */
	void (*entry)(struct init *init); /* runs after the steps; does not return */
};

/* Called once, when all that inits share is ready: starts the cloner. `plan` must stay valid. */
int init_prepare(struct host *host, const struct init_plan *plan, struct err *err);

/*
 * Has an init cloned. Fills pid, pidfd and sync of `sandbox`. Does not wait for the init's steps.
 */
int init_start(const struct host *host, const struct sandbox_spec *spec, struct sandbox *sandbox,
	       struct err *err);

/* Fills in the init's name and title. */
void init_name(struct init *init);

/* The init's part of init_start, also for an init that was not made by the cloner. */
void __attribute__((noreturn)) init_run(struct init *init, const struct init_plan *plan);

/* As init_run, with the steps of the `ns` backend. */
void __attribute__((noreturn)) ns_become(struct init *init);

/* Steps that several backends use. */
init_step init_step_descriptors, init_step_wait_ids, init_step_wait_network, init_step_limits;

#endif
