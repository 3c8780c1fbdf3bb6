/*
 * A creation: a node on its way, from the request to its answer, and what is known of
 * how far it has come. The node and its creation point to each other; a node in
 * state CREATING always has one, one that failed keeps it until its error is told.
 * create.h makes them go on.
 */
#ifndef BONSAI_CONTROLLER_CREATION_H
#define BONSAI_CONTROLLER_CREATION_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct daemon;
struct node;

struct creation {
	struct node *node;
	struct batch *batch; /* and index: whom to tell */
	size_t index;
	int64_t turn_ns; /* since when it waits for nobody but itself; or has failed */
	bool up;	 /* its sandbox is */
	bool ready;	 /* it has signed on */
	uint64_t link;	 /* number of the LINK that was sent; 0: none is open */
	struct err err;	 /* its code 0: it has not failed */
	struct creation *prev, *next;
};

/* Adds one for item `index` of `batch`; NULL when memory is short. */
struct creation *creation_add(struct daemon *daemon, struct node *node, struct batch *batch,
			      size_t index);

/* Its sandbox is: the launcher has answered. */
void creation_up(struct daemon *daemon, struct creation *creation);

/* Frees it and tells its batch how it went: may free the batch as well. */
void creation_finish(struct daemon *daemon, struct creation *creation);

/*
 * `node` is being taken down: its creation, if any, fails for this reason, or an earlier. `step`:
 * one of the steps of its creation failed, and not what was asked for was impossible.
 */
void creation_abandon(struct node *node, bool step, const struct err *why);

/* The same of a node that goes since its parent does, and of one that an operator removes. */
void creation_orphaned(struct node *node);
void creation_removed(struct node *node);

/* `node` is about to be forgotten: its creation, if any, is finished. */
void creation_gone(struct daemon *daemon, struct node *node);

/* Frees all, unanswered: their batches are. */
void creation_release(struct daemon *daemon);

#endif
