/*
 * The routes of a node: which of its edges leads to which descendant's id. The array is sorted,
 * since each forwarded message needs a lookup and LINKs are rare. Each route also has the parent of
 * its id, from the LINK that installed the route. So a whole subtree can be removed by the id of
 * its topmost node.
 *
 * The caller owns the edges; this code only compares their pointers.
 */
#ifndef BONSAI_NODE_ROUTE_H
#define BONSAI_NODE_ROUTE_H

#include <stddef.h>
#include <stdint.h>

struct edge;

struct route {
	uint32_t id;
	uint32_t parent;
	struct edge *edge;
};

struct routes {
	struct route *route; /* sorted by id */
	size_t count;
	size_t alloc;
};

#define ROUTES_INIT                                                                                \
	{                                                                                          \
		0                                                                                  \
	}

/* Returns the edge that leads to `id`, or NULL. */
struct edge *routes_find(const struct routes *routes, uint32_t id);

/* Adds or replaces the route to `id`, a child of `parent`. 0 or -ENOMEM. */
int routes_add(struct routes *routes, uint32_t id, uint32_t parent, struct edge *edge);

/* Removes the routes to `id` and to all its descendants. Returns how many routes it removed. */
size_t routes_forget(struct routes *routes, uint32_t id);

/* Removes all routes that use `edge`. Call this before closing the edge. Never fails. */
void routes_forget_edge(struct routes *routes, const struct edge *edge);

void routes_release(struct routes *routes);

#endif
