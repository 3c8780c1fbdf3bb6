/*
 * The time-out of a node's own step: from its running sandbox until it registers. Many nodes at
 * once slow each other down, as does a busy machine. So the time-out begins anew whenever another
 * node completes a step, and is longer while the node waits for a processor. It never exceeds
 * PATIENCE_MAX_S.
 */
#ifndef BONSAI_CONTROLLER_PATIENCE_H
#define BONSAI_CONTROLLER_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_S 10 /* time-out while no node completes a step */
#define PATIENCE_MAX_S 60

struct daemon;
struct node;

/* Records that a node has completed a step: the time-outs of all nodes begin anew. */
void patience_progress(struct daemon *daemon);

/* Returns when to check a step that began at `since_ns`. */
int64_t patience_deadline(const struct daemon *daemon, int64_t since_ns, int64_t now_ns);

/* True when the step of `node` that began at `since_ns` has taken too long. */
bool patience_is_over(const struct daemon *daemon, const struct node *node, int64_t since_ns,
		      int64_t now_ns);

#endif
