/*
 * The process that clones the inits: a child of the launcher, forked before the first sandbox. A
 * clone copies the memory map and the descriptors of the process that makes it. What that process
 * writes to afterwards is copied once more, page by page. The launcher has two descriptors a node
 * and works all the time; the cloner has three in all and sleeps. The inits are nevertheless
 * children of the launcher (CLONE_PARENT): the launcher reaps them, and they die with it.
 *
 * If the cloner has died, the next request starts a new one. The cloner dies with the launcher.
 */
#ifndef BONSAI_SANDBOX_CLONER_H
#define BONSAI_SANDBOX_CLONER_H

#include "sandbox/backend.h"

#include <stdint.h>

struct cloner {
	int fd; /* a SOCK_SEQPACKET socket to the cloner; -1: no cloner */
	pid_t pid;
	uint64_t flags; /* of clone3(2): the namespaces of an init */
	/* Runs in the clone, with the init's end of sync. Never returns. */
	void (*become)(const struct host *host, const struct sandbox_spec *spec, int sync);
};

/* Forks the cloner. The caller is single-threaded. Returns 0 or a negative errno. */
int cloner_start(const struct host *host, struct err *err);

/*
 * Requests the clone of an init and waits for it, at most 10 s. Fills pid and pidfd of `sandbox`;
 * the caller keeps `sync`. Returns 0 or a negative errno; on failure there is no init.
 */
int cloner_clone(const struct host *host, const struct sandbox_spec *spec, int sync,
		 struct sandbox *sandbox, struct err *err);

/* Kills and reaps the cloner. Does nothing if there is none. */
void cloner_stop(struct host *host);

#endif
