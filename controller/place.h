/*
 * Where a node goes: the rule of the unbalanced binary search tree. The only file
 * that knows it; all others see parents and children.
 */
#ifndef BONSAI_CONTROLLER_PLACE_H
#define BONSAI_CONTROLLER_PLACE_H

#include "controller/tree.h"

/* The node that `id`, not in the tree yet, would be a child of; NULL: it is the root. */
struct node *place_parent(const struct tree *tree, uint32_t id);

/*
 * Fills `order`, room for `count` ids, with 1 to `count` so that creating them in
 * that order from an empty tree makes a balanced one, level by level. 0 or -ENOMEM.
 */
int place_balanced(uint32_t count, uint32_t *order);

#endif
