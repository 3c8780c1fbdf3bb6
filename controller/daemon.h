/*
 * What the controller's parts share: one struct daemon, made and ended by serve.h,
 * handed to everything. Each part keeps the fields under its name; all are read by
 * whoever likes. Single-threaded but for libzmq's own threads.
 */
#ifndef BONSAI_CONTROLLER_DAEMON_H
#define BONSAI_CONTROLLER_DAEMON_H

#include "base/err.h"
#include "base/watch.h"
#include "controller/api.h"
#include "controller/edge.h"
#include "controller/rundir.h"
#include "controller/tree.h"
#include "controller/trunk.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

struct batch;
struct pending;
struct removal;

struct daemon {
	int lifeline; /* -1: none */
	int signals;  /* signalfd of those that end us */
	struct launcher launcher;
	struct rundir rundir;
	void *context;
	struct api api;
	struct trunk trunk;

	struct tree tree;
	struct edges edges;
	bool dirty; /* nodes became unavailable since the last loss_sweep */

	/* pending.h */
	struct pending *pendings; /* by number */
	uint64_t last_request;	  /* number on the wire */
	int64_t pendings_due_ns;  /* no deadline is before that */

	/* batch.h */
	struct batch *batches;

	/* creation.h */
	struct creation *creations; /* in the order asked of the launcher */
	size_t creations_count;
	int64_t launcher_heard_ns; /* its last answer about a creation */

	/* remove.h */
	struct removal *removals;
	size_t removals_count;
	bool removals_wait; /* the launcher had no room for one */
	uint64_t last_ticket;

	/* beat.h */
	int beat_ms;
	int64_t next_round_ns;
	struct watch root_watch;

	bool ending;
	int status;
	char cause[ERR_TEXT_BYTES];
	struct asker shutdown; /* who asked for the end */
};

/* The loop ends after this turn. Status and reason are the first one's. */
void daemon_end(struct daemon *daemon, int status, const char *why);

#endif
