/*
 * What happens to a node that has ended by itself: it stays as it is (preserve), goes with
 * all below it (destroy), or is started again in its place (restart): a sandbox of the
 * same id and addresses, the links of the children that outlived it made anew, and their routes
 * told to its agent. At most RESTART_MAX times in RESTART_SPAN_S, then it stays lost.
 */
#ifndef BONSAI_CONTROLLER_RESTART_H
#define BONSAI_CONTROLLER_RESTART_H

#include "node/wire.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

#define RESTART_MAX 5
#define RESTART_SPAN_S 60

struct daemon;
struct node;

/* `node` is lost, and that was told: does what the policy says. */
void restart_lost(struct daemon *daemon, struct node *node);

/* `node`, of a tree that is taken over, was being started again: goes on with that. */
void restart_adopt(struct node *node);

/* Of a node in state RESTARTING: CREATED, FAILED, REFUSED or EXITED. */
void restart_sandbox_event(struct daemon *daemon, struct node *node,
			   const struct sandbox_event *event);

/* `node` has spoken, and that is proof (recall.h): if it is RESTARTING, it is there again. */
void restart_ready(struct daemon *daemon, struct node *node);

/* Gives those up whose time is over; returns when to look again. */
int64_t restart_expire(struct daemon *daemon, int64_t now_ns);

#endif
