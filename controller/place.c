#include "controller/place.h"

#include "base/cleanup.h"

#include <errno.h>

struct node *place_parent(const struct tree *tree, uint32_t id)
{
	struct node *node = tree->root;
	struct node *child = node;

	while (child) {
		node = child;
		for (child = node->child; child; child = child->sibling)
			if ((child->id < node->id) == (id < node->id))
				break;
	}
	return node;
}

/*
 * The queue holds ranges of ids. The middle id of a range becomes a node; the parts left and right
 * of it become the two subtrees of that node.
 */
int place_balanced(uint32_t count, uint32_t *order)
{
	struct range {
		uint32_t first, last;
	};
	autofree struct range *queue = calloc((size_t)count + 1, sizeof(*queue));
	size_t tail = 0;

	if (!queue)
		return -ENOMEM;
	if (count)
		queue[tail++] = (struct range){1, count};
	for (size_t head = 0; head < tail; head++) {
		struct range range = queue[head];
		uint32_t middle = range.first + (range.last - range.first) / 2;

		order[head] = middle;
		if (middle > range.first)
			queue[tail++] = (struct range){range.first, middle - 1};
		if (middle < range.last)
			queue[tail++] = (struct range){middle + 1, range.last};
	}
	return 0;
}
