/*
 * State that the controller's parts share: one struct daemon, which serve.h makes and ends and
 * every part receives. Each part writes the fields under its name; every part may read all of them.
 * Single-threaded, except for libzmq's own threads.
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
	const char *name; /* the tree's name; NULL: none */
	int lifeline;	  /* -1: none */
	int greet;   /* where daemon_serves writes its line; -1: to the lifeline, else to stdout */
	int notify;  /* socket to the service manager; -1: none */
	int signals; /* signalfd of the signals that end the controller */
	struct launcher launcher;
	bool found; /* the launcher was running before this controller */
	bool launcher_gone;
	struct rundir rundir;
	void *context;
	struct api api;
	struct trunk trunk;

	struct tree tree;
	struct edges edges;
	bool dirty; /* nodes became unavailable since the last loss_sweep */

	/* pending.h */
	struct pending *pendings; /* by number on the wire */
	uint64_t last_request;	  /* the last request number used on the wire */
	int64_t pendings_due_ns;  /* not later than any pending request's deadline */

	/* batch.h */
	struct batch *batches;

	/* creation.h */
	struct creation *creations; /* in the order in which they were sent to the launcher */
	size_t creations_count;
	size_t creations_asked; /* creations whose sandbox the launcher has not reported on yet */
	int64_t
	    launcher_heard_ns; /* time of the launcher's last event about a creation or restart */

	int64_t progress_ns; /* patience.h: when any node last completed a step */

	/* remove.h */
	struct removal *removals;
	size_t removals_count;
	bool removals_wait; /* a removal waits for room in the launcher's queue */
	uint64_t last_ticket;

	/* record.h */
	bool record_waits; /* a note waits for room in the launcher's queue */
	bool settings_noted;

	/* attach.h */
	struct attach *attach; /* NULL: no take-over goes on */

	struct doubt *doubts; /* doubt.h */

	/* recall.h */
	int64_t recall_ns; /* when to ask silent nodes next */
	int64_t recall_pause_ns;
	int64_t recall_asked_ns; /* when silent nodes were last asked */

	enum on_crash on_crash; /* restart.h */

	/* beat.h */
	int beat_ms;
	int64_t next_round_ns;
	struct watch root_watch;
	int64_t root_heard_ns; /* when the root was last heard; 0: never */

	bool ending;
	int status;
	char cause[ERR_TEXT_BYTES];
	struct asker shutdown; /* the client that requested the shutdown */
};

/*
 * Tells the process that started the controller, and the service manager, that the controller
 * serves requests from now on. Call it once.
 */
void daemon_serves(struct daemon *daemon);

/*
 * Ends the controller's loop after the current turn. Only the first call sets the exit status and
 * the reason.
 */
void daemon_end(struct daemon *daemon, int status, const char *why);

#endif
