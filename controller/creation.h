/*
 * A creation records how far a new node has come, from the request to the reply. create.h advances
 * creations. The node and its creation point to each other. A node in state CREATING always has a
 * creation; a creation that failed stays until its error is sent.
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
	struct batch *batch; /* this and `index`: the item that gets the creation's result */
	size_t index;
	int64_t turn_ns; /* start of the current step's time-out; after a failure, its time */
	bool up;	 /* the sandbox is running */
	bool ready;	 /* the node has registered */
	uint64_t link;	 /* number of the pending LINK request; 0: none */
	struct err err;	 /* code 0: the creation has not failed */
	struct creation *prev, *next;
};

/* Adds a creation for item `index` of `batch`; NULL when memory is short. */
struct creation *creation_add(struct daemon *daemon, struct node *node, struct batch *batch,
			      size_t index);

/* The launcher has reported that the sandbox is running. */
void creation_up(struct daemon *daemon, struct creation *creation);

/* Frees the creation and ends its item of the batch with the result; may free the batch as well. */
void creation_finish(struct daemon *daemon, struct creation *creation);

/*
 * `node` is being removed: fails its creation, if any, with the error `why`, unless the creation
 * failed before. `step`: a step of the creation failed; false: the request was impossible.
 */
void creation_abandon(struct node *node, bool step, const struct err *why);

/*
 * As creation_abandon, with an error of their own: the parent is unavailable; an operator has
 * removed the node.
 */
void creation_orphaned(struct node *node);
void creation_removed(struct node *node);

/* Ends the creation of `node`, if any. Call it before freeing the record of `node`. */
void creation_gone(struct daemon *daemon, struct node *node);

/* Frees all creations without a reply: their batches have sent theirs. */
void creation_release(struct daemon *daemon);

#endif
