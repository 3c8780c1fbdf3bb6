/*
 * Carries out the policy for a node that exits by itself. The node stays as it is (preserve), is
 * removed with all nodes below it (destroy), or is restarted in its place (restart). A restart
 * makes a sandbox of the same id and addresses, makes the links of the surviving children anew, and
 * sends their routes. After RESTART_MAX restarts within RESTART_SPAN_S the node stays lost.
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

/* Carries out the policy for `node`, whose loss has been published. */
void restart_lost(struct daemon *daemon, struct node *node);

/*
 * Goes on with the restart of `node` that a former controller began. Called during the take-over.
 */
void restart_adopt(struct node *node);

/*
 * Handles the launcher's events CREATED, FAILED, REFUSED and EXITED of a node in state RESTARTING.
 */
void restart_sandbox_event(struct daemon *daemon, struct node *node,
			   const struct sandbox_event *event);

/*
 * Ends the restart of `node`, if any: the node has sent a message that proves it is there
 * (recall.h).
 */
void restart_ready(struct daemon *daemon, struct node *node);

/* Gives up the restarts whose time-out has passed. Returns when to call again. */
int64_t restart_expire(struct daemon *daemon, int64_t now_ns);

#endif
