/*
 * Asking nodes that did not answer, or cannot have heard, whether they are there again
 * (and their parents to link them, where that did not work):
 * those who are `missed` and suspect, or restarting, each by itself, again and again, until a word
 * of them makes them be back (loss_heard), or they are gone.
 */
#ifndef BONSAI_CONTROLLER_RECALL_H
#define BONSAI_CONTROLLER_RECALL_H

#include <stdint.h>

struct daemon;
struct node;

/* There are some anew: ask at once, and soon again. */
void recall_begin(struct daemon *daemon);

/*
 * Nobody knows whether the parent of `node`, which may be another one by now, was told of it: it is
 * linked anew, and there when it says a word.
 */
void recall_doubt(struct daemon *daemon, struct node *node);

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
