/*
 * The cloner: the process that clones the inits. It is a child of the launcher, forked before the
 * first sandbox.
 *
 * A clone copies the memory map and the descriptors of the process that makes the clone. Each page
 * that this process writes to afterwards is copied once more. The launcher has two descriptors for
 * each node and writes to memory all the time; the cloner has three descriptors in all and sleeps.
 * So clones of the cloner are cheaper. The inits are nevertheless children of the launcher
 * (CLONE_PARENT): the launcher reaps them, and they die with it.
 *
 * If the cloner has died, the next request starts a new cloner. The cloner dies with the launcher.
 */
#ifndef BONSAI_SANDBOX_CLONER_H
#define BONSAI_SANDBOX_CLONER_H

#include "sandbox/backend.h"

#include <stdint.h>

struct cloner {
	int fd; /* a SOCK_SEQPACKET socket to the cloner; -1: no cloner */
	pid_t pid;
	uint64_t flags; /* flags of clone3(2): the namespaces of an init */
	/* Runs in the clone. `sync` is the init's end of the socket pair. Never returns. */
	void (*become)(const struct host *host, const struct sandbox_spec *spec, int sync);
};

/* Forks the cloner. The caller is single-threaded. Returns 0 or a negative errno. */
int cloner_start(const struct host *host, struct err *err);

/*
 * Requests the clone of an init from the cloner, and waits for the reply, at most 10 s. Fills `pid`
 * and `pidfd` of `sandbox`; the caller still owns `sync`. Returns 0 or a negative errno; on failure
 * there is no init.
 */
int cloner_clone(const struct host *host, const struct sandbox_spec *spec, int sync,
		 struct sandbox *sandbox, struct err *err);

/* Kills and reaps the cloner. Does nothing if there is none. */
void cloner_stop(struct host *host);

#endif
