/*
 * Creates nodes, each by a creation (creation.h). The controller requests the sandbox from the
 * launcher. Meanwhile it sends LINK to the parent's agent, which binds the edge; for the root the
 * controller itself binds the trunk. Then the new node registers (READY). Several creations run at
 * once, but none starts before its parent has registered.
 *
 * If a creation fails, its sandbox and edge are removed (remove.h). The client gets the error when
 * nothing of the node is left, or after 2 s.
 */
#ifndef BONSAI_CONTROLLER_CREATE_H
#define BONSAI_CONTROLLER_CREATE_H

#include "controller/api.h"

#include <stdint.h>

struct batch;
struct daemon;
struct node;
struct sandbox_event;

/* The command `create`. */
void create_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/* The members of struct batch_kind for every kind of batch that creates nodes. */
#define CREATE_STEP "create node"
bool create_has_room(const struct daemon *daemon, uint32_t id);
void create_start(struct daemon *daemon, struct batch *batch, size_t index);

/*
 * Handles the launcher's events CREATED, FAILED and REFUSED, and EXITED of a node that is being
 * created.
 */
void create_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

/* Handles the message READY of `node`. Does nothing if the node is not being created. */
void create_ready(struct daemon *daemon, struct node *node);

/* First step of a creation or restart: requests the node's sandbox from the launcher. */
int create_sandbox(struct daemon *daemon, struct node *node, struct err *err);

/*
 * Second step: has the node's edge bound by its parent's agent, or for the root by the controller.
 * If the parent's agent cannot bind it, the agent's error arrives later. The error fails the node's
 * creation, if there is one.
 */
int create_link(struct daemon *daemon, struct node *node, struct err *err);

/* Fails the creations below nodes that have become unavailable. */
void create_sweep(struct daemon *daemon);

/* Fails the creations whose time-out has passed. Returns when to call again. */
int64_t create_expire(struct daemon *daemon, int64_t now_ns);

#endif
