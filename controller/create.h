/*
 * Making nodes, each by a creation (creation.h): its sandbox is asked of the
 * launcher, meanwhile its parent's agent is told to bind their edge (LINK; for the root
 * the controller binds the trunk), then the node itself signs on (READY). Several are on
 * their way at once, but none before its parent has signed on.
 *
 * A creation that fails has everything taken down (remove.h), and is answered when nothing is
 * left of it.
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

/* How any batch that creates nodes does it: see struct batch_kind. */
#define CREATE_STEP "create node"
bool create_has_room(const struct daemon *daemon, uint32_t id);
void create_start(struct daemon *daemon, struct batch *batch, size_t index);

/* From the launcher: CREATED, FAILED or REFUSED, or EXITED of a node being created. */
void create_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

/* A READY has come from `node`. Again from one that runs: nothing happens. */
void create_ready(struct daemon *daemon, struct node *node);

/* The steps of it: asks the launcher for a node's sandbox, */
int create_sandbox(struct daemon *daemon, struct node *node, struct err *err);

/*
 * and has its edge bound: by its parent's agent, or for the root by us. A failure at the
 * parent's is told later, to the creation if there is one.
 */
int create_link(struct daemon *daemon, struct node *node, struct err *err);

/* Nodes became unavailable: fails the creations below them. */
void create_sweep(struct daemon *daemon);

/* Fails those whose time is over. Returns when to look again. */
int64_t create_expire(struct daemon *daemon, int64_t now_ns);

#endif
