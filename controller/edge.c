#include "controller/edge.h"

#include "base/address.h"
#include "node/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_FIRST 0x0a000000u
#define NS_LAST 0x0afffffdu
#define LOOPBACK_FIRST 0x7f000100u
#define LOOPBACK_LAST 0x7ffffffdu /* the last address is a broadcast address */

void edges_init(struct edges *edges, bool loopback)
{
	uint32_t first = loopback ? LOOPBACK_FIRST : NS_FIRST;
	uint32_t last = loopback ? LOOPBACK_LAST : NS_LAST;

	*edges = (struct edges){
	    .base = first,
	    .limit = (last - first + 1) / 2,
	    .port = loopback ? WIRE_OPEN_PORT : AGENT_PORT,
	};
}

void edges_release(struct edges *edges)
{
	free(edges->given);
	edges->given = NULL;
}

int edge_take(struct edges *edges, uint32_t *number, struct err *err)
{
	bool used_up = edges->fresh == edges->limit;

	if (edges->count > (used_up ? 0 : EDGE_REST)) {
		*number = edges->given[edges->head++];
		edges->count--;
		return 0;
	}
	if (used_up)
		return err_errno(err, -EADDRNOTAVAIL, "no address is left for an edge");
	*number = edges->fresh++;
	return 0;
}

/* Numbers below the claimed number that were never used become free. */
int edge_claim(struct edges *edges, struct in_addr parent_addr, uint32_t *number)
{
	uint32_t wanted = (ntohl(parent_addr.s_addr) - edges->base) / 2;

	if (ntohl(parent_addr.s_addr) < edges->base || wanted >= edges->limit)
		return -EINVAL;
	while (edges->fresh <= wanted)
		edge_give_back(edges, edges->fresh++);
	for (size_t i = edges->head + edges->count; i-- > edges->head;) {
		if (edges->given[i] != wanted)
			continue;
		memmove(edges->given + i, edges->given + i + 1,
			(edges->head + --edges->count - i) * sizeof(*edges->given));
		*number = wanted;
		return 0;
	}
	return -EINVAL;
}

static int make_room(struct edges *edges)
{
	size_t alloc = edges->alloc ? 2 * edges->alloc : 256;
	uint32_t *given;

	/*
	 * More than half of the array, at its front, is empty: move the numbers to the front
	 * instead of growing the array.
	 */
	if (edges->head > edges->alloc / 2) {
		memmove(edges->given, edges->given + edges->head,
			edges->count * sizeof(*edges->given));
		edges->head = 0;
		return 0;
	}
	given = realloc(edges->given, alloc * sizeof(*given));
	if (!given)
		return -ENOMEM;
	edges->given = given;
	edges->alloc = alloc;
	return 0;
}

void edge_give_back(struct edges *edges, uint32_t number)
{
	/*
	 * If memory is short, the number is lost. That does no harm: there are eight million
	 * numbers.
	 */
	if (edges->head + edges->count == edges->alloc && make_room(edges) < 0)
		return;
	edges->given[edges->head + edges->count++] = number;
}

struct in_addr edge_parent_addr(const struct edges *edges, uint32_t number)
{
	return (struct in_addr){htonl(edges->base + 2 * number)};
}

struct in_addr edge_child_addr(const struct edges *edges, uint32_t number)
{
	return (struct in_addr){htonl(edges->base + 2 * number + 1)};
}

/* Writes "A.B.C.D:PORT" at *out and moves *out to the end of that. */
static void put_address(char **out, uint32_t addr, uint16_t port)
{
	*out += sprintf(*out, "%u.%u.%u.%u:%u", addr >> 24, addr >> 16 & 0xff, addr >> 8 & 0xff,
			addr & 0xff, port);
}

void edge_endpoint(const struct edges *edges, uint32_t number, char out[EDGE_ENDPOINT_BYTES])
{
	char *end = stpcpy(out, "tcp://");

	put_address(&end, edges->base + 2 * number, edges->port);
}

void edge_child_endpoint(const struct edges *edges, uint32_t number, char out[EDGE_ENDPOINT_BYTES])
{
	char *end = stpcpy(out, "tcp://");

	if (edges->port == AGENT_PORT) {
		put_address(&end, edges->base + 2 * number + 1, edges->port);
		*end++ = ';';
	}
	put_address(&end, edges->base + 2 * number, edges->port);
}
