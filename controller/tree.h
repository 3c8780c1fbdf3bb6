/*
 * The tree of nodes as the controller knows it: records by id, each linked to its parent, and to
 * its children in the order of their ids. place.h, not this file, chooses the parent of a new node.
 *
 * Invariant: a node is `available` only if it is running and so are all nodes above it; tree_darken
 * and tree_lighten keep that true. A walk is a list of nodes, linked by `walk`, parents before
 * children. It is valid until the next walk of any kind. The tree owns its nodes; the files that
 * set `creation` and `removal` own those.
 */
#ifndef BONSAI_CONTROLLER_TREE_H
#define BONSAI_CONTROLLER_TREE_H

#include "controller/state.h"
#include "sandbox/sandbox.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uthash.h>

struct creation;
struct removal;

struct node {
	uint32_t id;
	enum node_state state;
	bool available;
	bool missed;	      /* not heard since a doubt about it began (attach.h, recall.h) */
	bool linked;	      /* the parent was asked to bind its end of the edge */
	bool unanswered;      /* did not reply to a roll call, though available */
	struct node *parent;  /* NULL: this is the root */
	struct node *child;   /* the first of its children */
	struct node *sibling; /* the next child of its parent */
	struct node *walk;
	uint32_t edge; /* number of the edge to its parent, see edge.h */
	pid_t pid;
	int64_t since_ns;   /* when its sandbox was requested; if restarted, when it was created */
	bool up;	    /* RESTARTING: its sandbox is running */
	bool asked;	    /* RESTARTING: its sandbox was requested */
	bool refused;	    /* RESTARTING: the launcher's queue got full amid the requests */
	int64_t restart_ns; /* RESTARTING: start of the current step's time-out */
	uint64_t linked_request; /* the request number of its last LINK, see recall.h */
	uint64_t link;		 /* number of a pending LINK that belongs to no creation; 0: none */
	unsigned int restarted;	 /* number of restarts; `restarts` has the times of the last */
	int64_t restarts[5];
	struct sandbox_limits limits;
	uint64_t note, noted;	   /* see record.h */
	int beat_ms;		   /* the heartbeat interval that the node was last told */
	struct creation *creation; /* until the reply to its create request is sent */
	struct removal *removal;   /* while REMOVED */
	UT_hash_handle hh;
};

struct tree {
	struct node *root;
	struct node *by_id;
	size_t count;
};

/* Returns the node, or NULL. */
struct node *tree_find(const struct tree *tree, uint32_t id);

/*
 * Adds a node in state CREATING below `parent`, which is NULL only for the first node. The id must
 * be free. NULL when memory is short.
 */
struct node *tree_add(struct tree *tree, uint32_t id, struct node *parent);

/* Removes and frees a node that has no children. */
void tree_drop(struct tree *tree, struct node *node);

/* Frees all nodes. */
void tree_release(struct tree *tree);

/* Returns a walk of `top` (may be NULL) and all nodes below it, level by level. */
struct node *tree_walk(struct node *top);

/* True when `node` is `top` or is below it. */
bool tree_is_within(const struct node *node, const struct node *top);

/*
 * Makes `top` and all nodes below it unavailable. Returns a walk of the nodes below `top` that were
 * available until now.
 */
struct node *tree_darken(struct node *top);

/* Makes `top` and the nodes below it available, as far as their own state and parent allow. */
void tree_lighten(struct node *top);

#endif
