#include "node/route.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Returns the index of `id`, or the index at which to insert it. */
static size_t position(const struct routes *routes, uint32_t id)
{
	size_t low = 0, high = routes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (routes->route[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct route *find(const struct routes *routes, uint32_t id)
{
	size_t at = position(routes, id);

	return at < routes->count && routes->route[at].id == id ? &routes->route[at] : NULL;
}

struct edge *routes_find(const struct routes *routes, uint32_t id)
{
	const struct route *route = find(routes, id);

	return route ? route->edge : NULL;
}

static int reserve(struct routes *routes)
{
	size_t alloc = routes->alloc ? routes->alloc * 2 : 8;
	struct route *grown;

	if (routes->count < routes->alloc)
		return 0;
	grown = reallocarray(routes->route, alloc, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	routes->route = grown;
	routes->alloc = alloc;
	return 0;
}

int routes_add(struct routes *routes, uint32_t id, uint32_t parent, struct edge *edge)
{
	struct route *route = find(routes, id);

	if (!route) {
		size_t at = position(routes, id);

		if (reserve(routes) < 0)
			return -ENOMEM;
		route = &routes->route[at];
		memmove(route + 1, route, (routes->count - at) * sizeof(*route));
		routes->count++;
	}
	*route = (struct route){.id = id, .parent = parent, .edge = edge};
	return 0;
}

enum fate { UNKNOWN, STAYS, GOES }; /* what routes_forget does with a route; stored as uint8_t */

/*
 * Decides the fate of route `at`. Climbs from that route to the nearest ancestor whose fate is
 * known, then gives that fate to all routes on the way; without such an ancestor they stay. So all
 * calls together climb over each route once, however deep the tree is. If parents ever form a
 * cycle, `steps` ends the climb.
 */
static void decide(const struct routes *routes, uint8_t *fates, size_t at)
{
	const struct route *first = routes->route;
	const struct route *route = &first[at];
	size_t steps = routes->count;
	uint8_t fate = STAYS;

	for (; route && steps; steps--) {
		if (fates[route - first] != UNKNOWN) {
			fate = fates[route - first];
			break;
		}
		route = find(routes, route->parent);
	}
	route = &first[at];
	while (route && fates[route - first] == UNKNOWN) {
		fates[route - first] = fate;
		route = find(routes, route->parent);
	}
}

size_t routes_forget(struct routes *routes, uint32_t id)
{
	const struct route *top = find(routes, id);
	autofree uint8_t *fates = NULL;
	size_t kept = 0, before = routes->count;

	if (!top)
		return 0;
	fates = calloc(before, sizeof(*fates));
	if (fates) {
		fates[top - routes->route] = GOES;
		for (size_t i = 0; i < before; i++)
			decide(routes, fates, i);
	}
	for (size_t i = 0; i < before; i++) {
		/*
		 * If memory is short, remove only the route to `id`: the routes below it are stale,
		 * but do no harm.
		 */
		bool goes = fates ? fates[i] == GOES : routes->route[i].id == id;

		if (!goes)
			routes->route[kept++] = routes->route[i];
	}
	routes->count = kept;
	return before - kept;
}

void routes_forget_edge(struct routes *routes, const struct edge *edge)
{
	size_t kept = 0;

	for (size_t i = 0; i < routes->count; i++)
		if (routes->route[i].edge != edge)
			routes->route[kept++] = routes->route[i];
	routes->count = kept;
}

void routes_release(struct routes *routes)
{
	free(routes->route);
	*routes = (struct routes)ROUTES_INIT;
}
