/*
 * What happens to running nodes without a request: an exit, silence, and coming back. Each is
 * published once, with the descendants that became unavailable by it.
 */
#ifndef BONSAI_CONTROLLER_LOSS_H
#define BONSAI_CONTROLLER_LOSS_H

#include "node/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct node;
struct sandbox_event;

/*
 * The sandbox of `node` has exited: marks the node lost and publishes that. False when the loss was
 * known before, to this controller or a former one.
 */
bool loss_over(struct daemon *daemon, struct node *node, const struct sandbox_event *event);

/* As loss_over; then carries out the tree's policy for exits (crash.h). */
void loss_exited(struct daemon *daemon, struct node *node, const struct sandbox_event *event);

/* Judges the controller's own watch over the root. Call it only after the trunk was read empty. */
void loss_judge_root(struct daemon *daemon, int64_t now_ns);

/*
 * `node` is known to be silent. Marks it suspect, unless it is so already, and all nodes below it
 * unavailable. If it is cut off (recall.h), only notes that it is missed.
 */
void loss_silent(struct daemon *daemon, struct node *node);

/*
 * The parent of `node` has not heard it. Starts a doubt (doubt.h): the node counts as silent only
 * if the kernel shows no other reason.
 */
void loss_doubt(struct daemon *daemon, struct node *node);

/* Ends the doubts that are due. Returns when to call again. */
int64_t loss_step(struct daemon *daemon, int64_t now_ns);

/* `node` has sent a message that proves it is there (recall.h): if it was suspect, it is back. */
void loss_heard(struct daemon *daemon, struct node *node);

/*
 * `reporter` has sent a REPORT, which is believed about the reporter's own children. False: it is
 * malformed, or about another node.
 */
bool loss_report(struct daemon *daemon, struct node *reporter, struct wire_reader *body);

/* Fails all that waits for nodes that have become unavailable since the last call. */
void loss_sweep(struct daemon *daemon);

#endif
