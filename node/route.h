/*
 * Which of a node's edges leads to which id below it. A sorted array: lookups on
 * each hop are a binary search, and LINKs are rare. The LINK that installs a route
 * names the id's parent as well, so a whole subtree can be forgotten by its top.
 *
 * Edges are the caller's; here they are only compared.
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

/* The edge that leads to `id`, or NULL. */
struct edge *routes_find(const struct routes *routes, uint32_t id);

/* Adds or replaces the route to `id`, a child of `parent`. 0 or -ENOMEM. */
int routes_add(struct routes *routes, uint32_t id, uint32_t parent, struct edge *edge);

/* Forgets `id` and all below it. Returns how many routes went. */
size_t routes_forget(struct routes *routes, uint32_t id);

/* Forgets all that lies by `edge`: before the edge itself goes. Never fails. */
void routes_forget_edge(struct routes *routes, const struct edge *edge);

void routes_release(struct routes *routes);

#endif
