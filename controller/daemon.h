/*
 * The controller as a whole: what its parts share, and the one loop in which
 * everything happens. Single-threaded but for libzmq's own threads; nothing in the
 * loop waits for anything but the loop's poll.
 */
#ifndef BONSAI_CONTROLLER_DAEMON_H
#define BONSAI_CONTROLLER_DAEMON_H

#include "base/err.h"
#include "base/watch.h"
#include "controller/api.h"
#include "controller/batch.h"
#include "controller/edge.h"
#include "controller/pending.h"
#include "controller/rundir.h"
#include "controller/tree.h"
#include "controller/trunk.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

struct creation;
struct removal;

struct daemon_options {
	const char *backend;
	const char *agent; /* program of the process backend's nodes */
	int lifeline;	   /* -1: none; it is told on stdout then */
};

struct daemon {
	int lifeline;
	int signals; /* signalfd of those that end us */
	struct launcher launcher;
	struct rundir rundir;
	void *context;
	struct api api;
	struct trunk trunk;

	struct tree tree;
	struct edges edges;
	bool dirty; /* nodes became unavailable since the last loss_sweep */

	struct pendings pendings;
	struct batch *batches;
	struct creation *creations; /* in the order asked of the launcher */
	size_t creations_count;
	int64_t launcher_heard_ns; /* its last answer about a creation */
	struct removal *removals;
	size_t removals_count;
	bool removals_wait; /* the launcher had no room for one */
	uint64_t last_ticket;

	int beat_ms;
	int64_t next_round_ns;
	struct watch root_watch;

	bool ending;
	int status;
	char cause[ERR_TEXT_BYTES];
	struct asker shutdown; /* who asked for the end */
};

/* Runs from start to orderly end; returns the exit status. Says itself what fails. */
int daemon_run(const struct daemon_options *options);

/* The loop ends after this turn. `why` is the first one's. */
void daemon_end(struct daemon *daemon, int status, const char *why);

#endif
