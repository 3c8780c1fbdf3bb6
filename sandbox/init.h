/*
 * How an init starts, the same for all backends. The cloner clones the init (cloner.h). Then the
 * init runs set-up steps in order. If a step fails, the init reports that step by its name and
 * errno, and runs no other.
 */
#ifndef BONSAI_SANDBOX_INIT_H
#define BONSAI_SANDBOX_INIT_H

#include "sandbox/backend.h"

#include <linux/sched.h>

/* All kinds of namespaces that each node has for itself. */
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
	init_step *const *steps;	  /* NULL-terminated; an init runs these steps in order */
	void (*entry)(struct init *init); /* runs after the steps; does not return */
};

/*
 * Starts the cloner. Call it once, when everything that all inits share is ready. `plan` must stay
 * valid.
 */
int init_prepare(struct host *host, const struct init_plan *plan, struct err *err);

/*
 * Makes the cloner clone an init. Fills `pid`, `pidfd` and `sync` of `sandbox`. Does not wait for
 * the init's steps.
 */
int init_start(const struct host *host, const struct sandbox_spec *spec, struct sandbox *sandbox,
	       struct err *err);

/* Fills in `name` and `title` of the init. */
void init_name(struct init *init);

/*
 * What an init does once it is cloned: runs the steps of `plan`, reports over `sync`, runs the
 * entry. Also for an init that the cloner did not clone.
 */
void __attribute__((noreturn)) init_run(struct init *init, const struct init_plan *plan);

/* As init_run, with the steps of the `ns` backend. */
void __attribute__((noreturn)) ns_become(struct init *init);

/* Set-up steps that several backends use. */
init_step init_step_descriptors, init_step_wait_ids, init_step_wait_network, init_step_limits;

#endif
