/* If the hash table cannot grow, the insertion fails; by default uthash would exit. */
#define HASH_NONFATAL_OOM 1
#include "controller/tree.h"

#include <stdlib.h>

struct node *tree_find(const struct tree *tree, uint32_t id)
{
	struct node *node;

	HASH_FIND(hh, tree->by_id, &id, sizeof(id), node);
	return node;
}

static void insert_child(struct node *parent, struct node *child)
{
	struct node **at = &parent->child;

	while (*at && (*at)->id < child->id)
		at = &(*at)->sibling;
	child->sibling = *at;
	*at = child;
}

struct node *tree_add(struct tree *tree, uint32_t id, struct node *parent)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->id = id;
	node->state = NODE_CREATING;
	node->parent = parent;
	HASH_ADD(hh, tree->by_id, id, sizeof(id), node);
	if (!node->hh.tbl) {
		free(node);
		return NULL;
	}
	if (parent)
		insert_child(parent, node);
	else
		tree->root = node;
	tree->count++;
	return node;
}

void tree_drop(struct tree *tree, struct node *node)
{
	struct node **at = &tree->root;

	if (node->parent)
		for (at = &node->parent->child; *at != node; at = &(*at)->sibling)
			;
	*at = node->sibling;
	HASH_DELETE(hh, tree->by_id, node);
	tree->count--;
	free(node);
}

void tree_release(struct tree *tree)
{
	struct node *node, *next;

	HASH_ITER(hh, tree->by_id, node, next) {
		HASH_DELETE(hh, tree->by_id, node);
		free(node);
	}
	*tree = (struct tree){0};
}

struct node *tree_walk(struct node *top)
{
	struct node *tail = top;

	if (!top)
		return NULL;
	top->walk = NULL;
	for (struct node *node = top; node; node = node->walk) {
		for (struct node *child = node->child; child; child = child->sibling) {
			child->walk = NULL;
			tail->walk = child;
			tail = child;
		}
	}
	return top;
}

bool tree_is_within(const struct node *node, const struct node *top)
{
	while (node && node != top)
		node = node->parent;
	return node;
}

struct node *tree_darken(struct node *top)
{
	struct node *tail = top;

	/* If `top` was unavailable before, all nodes below it are unavailable already. */
	if (!top->available)
		return NULL;
	top->available = false;
	top->walk = NULL;
	for (struct node *node = top; node; node = node->walk) {
		for (struct node *child = node->child; child; child = child->sibling) {
			if (!child->available)
				continue;
			child->available = false;
			child->walk = NULL;
			tail->walk = child;
			tail = child;
		}
	}
	return top->walk;
}

void tree_lighten(struct node *top)
{
	struct node *tail = top;

	if (top->state != NODE_RUNNING || (top->parent && !top->parent->available))
		return;
	top->available = true;
	top->walk = NULL;
	for (struct node *node = top; node; node = node->walk) {
		for (struct node *child = node->child; child; child = child->sibling) {
			if (child->state != NODE_RUNNING)
				continue;
			child->available = true;
			child->walk = NULL;
			tail->walk = child;
			tail = child;
		}
	}
}
