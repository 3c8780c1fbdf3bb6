/*
 * Asks nodes that may be back whether they are. If a LINK for such a node failed, asks its parent
 * again to link it.
 *
 * A node is `missed` when it did not reply, or may have lost its link. Every missed node that is
 * suspect or restarting is asked again and again, until its reply brings it back (loss_heard) or it
 * is gone. Suspect nodes that their parents watch are asked too, but less often: the parent's
 * report that the node is back may be lost if a node above it exits.
 */
#ifndef BONSAI_CONTROLLER_RECALL_H
#define BONSAI_CONTROLLER_RECALL_H

#include "node/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct node;

/* More nodes are missed: asks them at once, and again soon. */
void recall_begin(struct daemon *daemon);

/*
 * A node is suspect, and its parent watches it: asks the node in a while, in case the parent's
 * report that the node is back gets lost.
 */
void recall_watch(struct daemon *daemon);

/*
 * Call it when a message came from `node`, or its parent reports that it is back. False: `node` is
 * missed, and the message may have been sent before that; the node is asked again soon.
 */
bool recall_heard(struct daemon *daemon, const struct node *node);

/*
 * True when the message proves that `node`, which was missed, is there. Only a reply to a request
 * sent after the last LINK to its parent proves it. Any other message may be older than the doubt.
 */
bool recall_is_proof(const struct node *node, const struct wire_header *header);

/*
 * The parent of `node` may have been restarted, and may not have been told of `node`. Links the
 * node anew; the node is back when its reply comes. If the node is cut off, it is linked later,
 * when a message of it can arrive again.
 */
void recall_doubt(struct daemon *daemon, struct node *node);

/*
 * True when a node above `node` is lost: no message of `node` arrives, so its silence means
 * nothing.
 */
bool recall_is_cut_off(const struct node *node);

/*
 * Call it when `top` is lost: the suspect nodes below it count as running until `top` is back. Then
 * recall_doubt asks them anew.
 */
void recall_cut_off(struct node *top);

/*
 * Call it when `top` is back, before the nodes below `top` are made available: calls recall_doubt
 * for those of them that have not been heard.
 */
void recall_doubt_below(struct daemon *daemon, struct node *top);

/*
 * Call it when `node`, which was missed, is back: drops its pending LINK. Sends the routes to the
 * nodes below it again, since the nodes on the way may have forgotten them. Ends the programs below
 * it that have no client.
 */
void recall_found(struct daemon *daemon, struct node *node);

/*
 * Asks the nodes that are due. Returns the time at which the caller must call again at the latest.
 */
int64_t recall_step(struct daemon *daemon, int64_t now_ns);

#endif
