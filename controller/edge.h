/*
 * The addresses of the tree's edges: each edge has a number, and each number stands for a /31. In
 * isolated sandboxes the addresses lie in 10.0.0.0/8. Without isolation all nodes share one
 * loopback interface, and the addresses lie in 127.0.0.0/8 without its first /24. A number that was
 * given back is used again only after EDGE_REST other numbers, since its former parent may not have
 * closed its socket yet. If no fresh number is left, the number is used again sooner.
 */
#ifndef BONSAI_CONTROLLER_EDGE_H
#define BONSAI_CONTROLLER_EDGE_H

#include "base/err.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EDGE_REST 1024
#define EDGE_ENDPOINT_BYTES 64

struct edges {
	uint32_t base;	 /* address of edge number 0, host byte order */
	uint32_t limit;	 /* how many numbers there are */
	uint16_t port;	 /* port of both ends: AGENT_PORT, or WIRE_OPEN_PORT on the loopback */
	uint32_t fresh;	 /* the first number that was never used */
	uint32_t *given; /* numbers given back, oldest first; the first is at index `head` */
	size_t head, count, alloc;
};

void edges_init(struct edges *edges, bool loopback);
void edges_release(struct edges *edges);

/* Takes a free number. -EADDRNOTAVAIL when all are in use. */
int edge_take(struct edges *edges, uint32_t *number, struct err *err);
/*
 * Takes the number of the edge whose parent's end has the address `parent_addr`. -EINVAL when no
 * free edge has that address.
 */
int edge_claim(struct edges *edges, struct in_addr parent_addr, uint32_t *number);

void edge_give_back(struct edges *edges, uint32_t number);

struct in_addr edge_parent_addr(const struct edges *edges, uint32_t number);
struct in_addr edge_child_addr(const struct edges *edges, uint32_t number);

/* Writes the endpoint that the parent binds: "tcp://10.0.0.0:1". */
void edge_endpoint(const struct edges *edges, uint32_t number, char out[EDGE_ENDPOINT_BYTES]);

/*
 * Writes the endpoint that the child connects to, in libzmq's form with the source address first:
 * "tcp://10.0.0.1:1;10.0.0.0:1". On the loopback no source address is needed:
 * "tcp://127.0.1.0:5670".
 */
void edge_child_endpoint(const struct edges *edges, uint32_t number, char out[EDGE_ENDPOINT_BYTES]);

#endif
