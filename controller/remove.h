/*
 * Taking subtrees down. From the moment it is asked for, the nodes of the subtree
 * are REMOVED: no request reaches them, their ids stay taken. When the launcher
 * says that nothing of them is left, the parent's agent is told to forget the edge
 * and the records go. A removal owns its list; a node belongs to the last removal that
 * took it, so a subtree within a subtree may be asked for at any time.
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

/*
 * Begins to take down `top` and all below it. Changes states only: no record goes
 * within the call.
 */
void remove_subtree(struct daemon *daemon, struct node *top);

/* From the launcher: REMOVED, or REFUSED with a ticket. False: not of a removal. */
bool remove_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

/* Asks again what the launcher had no room for. True while something still waits. */
bool remove_push(struct daemon *daemon);

/* Tells the agent of the node's parent to forget that edge. */
void remove_edge(struct daemon *daemon, const struct node *node);

/* Frees all, unanswered: their batches are. */
void remove_release(struct daemon *daemon);

#endif
