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
#include "controller/crash.h"
#include "controller/rundir.h"
#include "controller/tree.h"
#include "controller/trunk.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

struct attach;
struct batch;
struct doubt;
struct pending;
struct removal;

struct daemon {
	const char *name; /* the tree's; NULL: it has none */
	int lifeline;	  /* -1: none */
	int greet;	  /* where to say once that we serve; -1: nowhere */
	int notify;	  /* the service manager; -1: none started us */
	int signals;	  /* signalfd of those that end us */
	struct launcher launcher;
	bool found; /* the launcher was there before us */
	bool launcher_gone;
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
	size_t creations_asked;	   /* those of them that the launcher has not answered yet */
	int64_t launcher_heard_ns; /* its last answer about a creation */

	int64_t progress_ns; /* patience.h: when a node came a step further last */

	/* remove.h */
	struct removal *removals;
	size_t removals_count;
	bool removals_wait; /* the launcher had no room for one */
	uint64_t last_ticket;

	/* record.h */
	bool record_waits; /* the launcher had no room for a note */
	bool settings_noted;

	/* attach.h */
	struct attach *attach; /* NULL: nothing is being taken over */

	struct doubt *doubts; /* doubt.h */

	/* recall.h */
	int64_t recall_ns; /* when to ask next */
	int64_t recall_pause_ns;
	int64_t recall_asked_ns; /* when that was done last */

	enum on_crash on_crash; /* restart.h */

	/* beat.h */
	int beat_ms;
	int64_t next_round_ns;
	struct watch root_watch;
	int64_t root_heard_ns; /* the last sound of the root; 0: none yet */

	bool ending;
	int status;
	char cause[ERR_TEXT_BYTES];
	struct asker shutdown; /* who asked for the end */
};

/* From now on requests are served: told once to whoever started us. */
void daemon_serves(struct daemon *daemon);

/* The loop ends after this turn. Status and reason are the first one's. */
void daemon_end(struct daemon *daemon, int status, const char *why);

#endif
