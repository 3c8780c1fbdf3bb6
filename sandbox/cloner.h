/*
 * The process that clones the inits: a child of the launcher, forked before the first
 * sandbox. A clone copies the memory map and the descriptors of whoever makes it, and
 * what that one writes to afterwards is copied once more, page by page. The launcher has two
 * descriptors a node and works all the time; this one has three in all and sleeps. The inits
 * are the launcher's children all the same (CLONE_PARENT), and so are what it reaps and
 * what dies with it.
 *
 * One that has died is replaced when it is next asked; it dies with the launcher.
 */
#ifndef BONSAI_SANDBOX_CLONER_H
#define BONSAI_SANDBOX_CLONER_H

#include "sandbox/backend.h"

#include <stdint.h>

struct cloner {
	int fd; /* a SOCK_SEQPACKET; -1 while there is none */
	pid_t pid;
	uint64_t flags; /* of the clones: namespaces */
	/* What a clone becomes, with the other end of its sync; never returns. */
	void (*become)(const struct host *host, const struct sandbox_spec *spec, int sync);
};

/* Forks it. The caller is single-threaded. 0 or a negative errno. */
int cloner_start(const struct host *host, struct err *err);

/*
 * Has an init cloned and waits for it. Fills pid and pidfd of `sandbox`; `sync` stays the
 * caller's. 0 or a negative errno, and then there is none.
 */
int cloner_clone(const struct host *host, const struct sandbox_spec *spec, int sync,
		 struct sandbox *sandbox, struct err *err);

/* Ends it, and waits for that. Takes a host that has none. */
void cloner_stop(struct host *host);

#endif
