/*
 * Removes subtrees. As soon as a removal is requested, the nodes of the subtree are REMOVED: no
 * request reaches them, and their ids stay taken. The launcher reports when nothing of them is
 * left. Then the parent's agent is told to forget the edge, and the records are freed. A removal
 * owns its list of ids. A node belongs to the last removal that took it. So a client may at any
 * time request the removal of a subtree within a subtree.
 */
#ifndef BONSAI_CONTROLLER_REMOVE_H
#define BONSAI_CONTROLLER_REMOVE_H

#include "controller/api.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct node;
struct sandbox_event;

/* The command `remove`. */
void remove_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/* Begins to remove `top` and all nodes below it. Changes only states of nodes: frees no record. */
void remove_subtree(struct daemon *daemon, struct node *top);

/*
 * Handles the launcher's events REMOVED, and REFUSED with a ticket. False: the event is not about a
 * removal.
 */
bool remove_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

/* Sends the requests that the launcher's queue had no room for. True while some still wait. */
bool remove_push(struct daemon *daemon);

/* Tells the agent of the node's parent to forget the edge. For the root, closes the trunk. */
void remove_edge(struct daemon *daemon, const struct node *node);

/* Frees all removals without a reply: their batches have sent theirs. */
void remove_release(struct daemon *daemon);

#endif
