/*
 * What happens to running nodes by itself: an exit that nobody asked for, silence,
 * and coming back. Each is told to the operators once, with the descendants that
 * became unavailable by it.
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
 * The sandbox of `node` has ended: it is lost, and that is told. False when that was
 * known, to a controller before us if not to us.
 */
bool loss_over(struct daemon *daemon, struct node *node, const struct sandbox_event *event);

/* The same, and what the tree's policy has in store follows. */
void loss_exited(struct daemon *daemon, struct node *node, const struct sandbox_event *event);

/* What our own watch over the root says; call with the trunk read empty. */
void loss_judge_root(struct daemon *daemon, int64_t now_ns);

/*
 * It is known to be silent: suspect, unless it was already, and all below unavailable. If it is cut
 * off (recall.h), it is as it was.
 */
void loss_silent(struct daemon *daemon, struct node *node);

/* Its parent has not heard of it: silent, when the kernel has no other reason (doubt.h). */
void loss_doubt(struct daemon *daemon, struct node *node);

/* Ends doubts that are due; returns when to look again. */
int64_t loss_step(struct daemon *daemon, int64_t now_ns);

/* It has spoken, and that is proof (recall.h): if it was suspect it is back. */
void loss_heard(struct daemon *daemon, struct node *node);

/* A REPORT has come from `reporter`: believed about its own children. False: foreign. */
bool loss_report(struct daemon *daemon, struct node *reporter, struct wire_reader *body);

/* Nodes have become unavailable since: fails all that waits for them. */
void loss_sweep(struct daemon *daemon);

#endif
