/*
 * Where a new node goes: the rule of the unbalanced binary search tree. Only this file knows the
 * rule; all others see parents and children.
 */
#ifndef BONSAI_CONTROLLER_PLACE_H
#define BONSAI_CONTROLLER_PLACE_H

#include "controller/tree.h"

/* Returns the future parent of `id`, which is not in the tree yet; NULL: it becomes the root. */
struct node *place_parent(const struct tree *tree, uint32_t id);

/*
 * Fills `order`, with room for `count` ids, with the ids 1 to `count`. Created in that order from
 * an empty tree, they make a balanced tree, level by level. 0 or -ENOMEM.
 */
int place_balanced(uint32_t count, uint32_t *order);

#endif
