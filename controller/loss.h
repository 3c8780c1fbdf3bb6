/*
 * What happens to running nodes without a request: an exit, silence, and coming back. The
 * controller publishes each of them once, with the descendants that became unavailable by it.
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

/* As loss_over; if that is true, carries out the tree's policy for exits (crash.h). */
void loss_exited(struct daemon *daemon, struct node *node, const struct sandbox_event *event);

/*
 * Judges by the controller's own watch whether the root is silent or back. Call it only when all
 * messages of the trunk have been read.
 */
void loss_judge_root(struct daemon *daemon, int64_t now_ns);

/*
 * Marks `node`, which is known to be silent, as suspect, unless it is so already, and all nodes
 * below it as unavailable. If `node` is cut off (recall.h), only marks it as missed.
 */
void loss_silent(struct daemon *daemon, struct node *node);

/*
 * Starts a doubt about `node` (doubt.h), which its parent has not heard. The node counts as silent
 * only if the kernel shows no other reason.
 */
void loss_doubt(struct daemon *daemon, struct node *node);

/*
 * Continues the doubts that are due, and ends those that have a result. Returns when to call again.
 */
int64_t loss_step(struct daemon *daemon, int64_t now_ns);

/*
 * Handles a message of `node` that proves that the node is there (recall.h): if the node was
 * suspect, it is back.
 */
void loss_heard(struct daemon *daemon, struct node *node);

/*
 * Handles a REPORT of `reporter`, which is believed about its own children only. False: the REPORT
 * is malformed, or about another node.
 */
bool loss_report(struct daemon *daemon, struct node *reporter, struct wire_reader *body);

/*
 * Fails all requests and creations that wait for nodes that have become unavailable since the last
 * call.
 */
void loss_sweep(struct daemon *daemon);

#endif
