#include "controller/creation.h"

#include "base/clock.h"
#include "controller/batch.h"
#include "controller/daemon.h"
#include "controller/unavailable.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

struct creation *creation_add(struct daemon *daemon, struct node *node, struct batch *batch,
			      size_t index)
{
	struct creation *creation = calloc(1, sizeof(*creation));

	if (!creation)
		return NULL;
	creation->node = node;
	creation->batch = batch;
	creation->index = index;
	creation->turn_ns = clock_ns();
	node->creation = creation;
	DL_APPEND(daemon->creations, creation);
	daemon->creations_count++;
	daemon->creations_asked++;
	return creation;
}

void creation_up(struct daemon *daemon, struct creation *creation)
{
	creation->up = true;
	daemon->creations_asked--;
}

static void free_creation(struct daemon *daemon, struct creation *creation)
{
	DL_DELETE(daemon->creations, creation);
	daemon->creations_count--;
	daemon->creations_asked -= !creation->up;
	creation->node->creation = NULL;
	free(creation);
}

void creation_finish(struct daemon *daemon, struct creation *creation)
{
	struct creation done = *creation;

	free_creation(daemon, creation);
	batch_done(daemon, done.batch, done.index, done.node->pid,
		   done.err.code ? &done.err : NULL);
}

void creation_abandon(struct node *node, bool step, const struct err *why)
{
	struct creation *creation = node->creation;

	if (!creation || creation->err.code)
		return;
	creation->err = *why;
	if (!creation->err.code)
		creation->err.code = -EIO;
	creation->batch->items[creation->index].step_failed = step;
	creation->turn_ns = clock_ns();
}

void creation_orphaned(struct node *node)
{
	struct err err;

	unavailable_parent(&err);
	creation_abandon(node, false, &err);
}

void creation_removed(struct node *node)
{
	struct err err;

	err_text(&err, -ECANCELED, "removed while it was created");
	creation_abandon(node, false, &err);
}

void creation_gone(struct daemon *daemon, struct node *node)
{
	if (!node->creation)
		return;
	creation_removed(node);
	creation_finish(daemon, node->creation);
}

void creation_release(struct daemon *daemon)
{
	struct creation *creation, *next;

	DL_FOREACH_SAFE(daemon->creations, creation, next)
		free_creation(daemon, creation);
}
