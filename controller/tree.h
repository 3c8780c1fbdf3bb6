/*
 * The tree of nodes as the controller knows it: records by id, each linked to its
 * parent and to its children in the order of their ids. How a new node's parent is
 * chosen is not known here (place.h).
 *
 * Invariants: a node is `available` only if it is running and so are all above
 * it; tree_darken and tree_lighten keep that true. A walk strings nodes together
 * by `walk`, parents before children, and is good until the next walk of any kind.
 * The tree owns its nodes; `creation` and `removal` belong to those who set them.
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
	bool missed;	      /* nothing came from it since it was doubted (attach.h, recall.h) */
	bool linked;	      /* the parent's end of its edge was asked for */
	bool unanswered;      /* it did not answer a roll-call, and its state does not say why */
	struct node *parent;  /* NULL: the root */
	struct node *child;   /* the first of its children */
	struct node *sibling; /* the next child of its parent */
	struct node *walk;
	uint32_t edge; /* number of the edge to its parent, see edge.h */
	pid_t pid;
	int64_t since_ns;	 /* when it was asked for */
	bool up;		 /* RESTARTING: its sandbox is */
	bool asked;		 /* RESTARTING: for its sandbox */
	bool refused;		 /* RESTARTING: the launcher's queue was full in the middle of it */
	int64_t restart_ns;	 /* RESTARTING: since when it waits for nobody but itself */
	uint64_t linked_request; /* numbers of requests up to its last LINK, see recall.h */
	uint64_t link;		 /* number of an open LINK that no creation waits for; or 0 */
	unsigned int restarted;	 /* so many times, the last ones at */
	int64_t restarts[5];
	struct sandbox_limits limits;
	uint64_t note, noted;	   /* see record.h */
	int beat_ms;		   /* what it was last told */
	struct creation *creation; /* while its create is unanswered */
	struct removal *removal;   /* while REMOVED */
	UT_hash_handle hh;
};

struct tree {
	struct node *root;
	struct node *by_id;
	size_t count;
};

/* NULL when there is none. */
struct node *tree_find(const struct tree *tree, uint32_t id);

/*
 * Adds a node in state CREATING below `parent`, NULL only for the first. The id
 * must be free. NULL when memory is short.
 */
struct node *tree_add(struct tree *tree, uint32_t id, struct node *parent);

/* Forgets and frees a node that has no children. */
void tree_drop(struct tree *tree, struct node *node);

/* Frees all nodes. */
void tree_release(struct tree *tree);

/* Strings `top` (may be NULL) and all below it together, level by level. */
struct node *tree_walk(struct node *top);

/* True when `node` is `top` or lies below it. */
bool tree_is_within(const struct node *node, const struct node *top);

/*
 * Makes `top` and all below it unavailable. Returns those below it that were
 * available until now, strung together; `top` itself is not among them.
 */
struct node *tree_darken(struct node *top);

/* Makes `top` and those below it available whose own state and parent allow it. */
void tree_lighten(struct node *top);

#endif
