/*
 * Sockets of tree edges, with every option set on purpose, and the edge to a child:
 * a socket of its own, bound to that edge's address. What arrives by it came from
 * that child, whatever it claims.
 */
#ifndef BONSAI_NODE_EDGE_H
#define BONSAI_NODE_EDGE_H

#include "base/err.h"
#include "base/watch.h"
#include "node/listen.h"
#include "node/ready.h"

#include <stdbool.h>
#include <stdint.h>

struct edge {
	uint32_t child;
	void *socket;
	struct ready ready;
	struct watch watch;
	struct gate gate;
};

/* A DEALER for the end that connects, or that binds, of an edge. 0 or a negative errno. */
int edge_socket(void **socket, void *context, bool connects, struct err *err);

/*
 * Binds the endpoint for `child`. May wait some milliseconds for an earlier socket
 * to let go of the address. 0 or a negative errno, "bind ENDPOINT: cause".
 */
int edge_open(struct edge **edge, void *context, uint32_t child, const char *endpoint,
	      struct err *err);

/* True if that is the endpoint it is bound to. */
bool edge_is_at(const struct edge *edge, const char *endpoint);

/* Takes NULL. */
void edge_close(struct edge *edge);

#endif
