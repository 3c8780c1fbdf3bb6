/*
 * Asking nodes that did not answer, or cannot have heard, whether they are there again
 * (and their parents to link them, where that did not work):
 * those who are `missed` and suspect, or restarting, each by itself, again and again, until an
 * answer of them makes them be back (loss_heard), or they are gone. Suspects whose parents watch
 * them are asked as well, less often: what their parents say may be lost with a node on its way.
 */
#ifndef BONSAI_CONTROLLER_RECALL_H
#define BONSAI_CONTROLLER_RECALL_H

#include "node/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct node;

/* There are some anew: ask at once, and soon again. */
void recall_begin(struct daemon *daemon);

/* A node is suspect, of which its parent knows: ask in a while, should its parent's word be lost.
 */
void recall_watch(struct daemon *daemon);

/*
 * Something came from `node`, or its parent says that it is back. False: `node` is missed, and this
 * may have been on its way since before it was; it is asked again soon.
 */
bool recall_heard(struct daemon *daemon, const struct node *node);

/*
 * Whether a message shows a missed node to be there: only the answer to a request that was sent
 * after its parent was last told to link it. Anything else may be older than the doubt.
 */
bool recall_is_proof(const struct node *node, const struct wire_header *header);

/*
 * Nobody knows whether the parent of `node`, which may be another one by now, was told of it: it is
 * linked anew, and there when it says a word. If it is cut off, not before it can be heard.
 */
void recall_doubt(struct daemon *daemon, struct node *node);

/* A node above `node` is lost: nobody can hear `node`, and its silence says nothing. */
bool recall_is_cut_off(const struct node *node);

/*
 * `top` is lost: those below it that are suspect count as running until it is back, when they are
 * doubted anew.
 */
void recall_cut_off(struct node *top);

/*
 * `top` is there: before those below it count as available, the ones that have not been heard of
 * are doubted.
 */
void recall_doubt_below(struct daemon *daemon, struct node *top);

/*
 * `node`, which was missed, is there: what was open about it is closed, and the hops on
 * the way to those below it, who may have forgotten, learn it again. Programs that run there end.
 */
void recall_found(struct daemon *daemon, struct node *node);

/* Asks whoever is due; returns when it must be called again at the latest. */
int64_t recall_step(struct daemon *daemon, int64_t now_ns);

#endif
