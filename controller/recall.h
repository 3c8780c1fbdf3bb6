/*
 * Asks nodes that may be there again whether they are, and their parents to link them where that
 * failed.
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

/* More nodes are missed: ask at once, and again soon. */
void recall_begin(struct daemon *daemon);

/*
 * A node is suspect, and its parent knows: ask it in a while, in case the parent's report gets
 * lost.
 */
void recall_watch(struct daemon *daemon);

/*
 * A message came from `node`, or its parent reports that it is back. False: `node` is missed, and
 * the message may have been sent before that; the node is asked again soon.
 */
bool recall_heard(struct daemon *daemon, const struct node *node);

/*
 * True when a message proves that a missed node is there. Only a reply to a request sent after the
 * last LINK to its parent proves it. Any other message may be older than the doubt.
 */
bool recall_is_proof(const struct node *node, const struct wire_header *header);

/*
 * It is not known whether the parent of `node`, which may have been restarted, was told of `node`.
 * Links the node anew; it is back when its reply comes. If it is cut off, that happens later, when
 * a message of it can arrive again.
 */
void recall_doubt(struct daemon *daemon, struct node *node);

/*
 * True when a node above `node` is lost: no message of `node` arrives, so its silence means
 * nothing.
 */
bool recall_is_cut_off(const struct node *node);

/*
 * `top` is lost: the suspect nodes below it count as running until `top` is back. Then recall_doubt
 * asks them anew.
 */
void recall_cut_off(struct node *top);

/*
 * `top` is back. Doubts the nodes below it that have not been heard; call it before the nodes below
 * `top` are made available.
 */
void recall_doubt_below(struct daemon *daemon, struct node *top);

/*
 * `node`, which was missed, is back: drops its pending LINK. Sends the routes to the nodes below
 * it, which the hops on the way may have forgotten. Ends the programs there that have no client.
 */
void recall_found(struct daemon *daemon, struct node *node);

/* Asks the nodes that are due. Returns the time at which it must be called again at the latest. */
int64_t recall_step(struct daemon *daemon, int64_t now_ns);

#endif
