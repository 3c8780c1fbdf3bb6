/*
 * The sockets of tree edges, with all their options, and the edge to a child. Each child has a
 * socket of its own, bound to the address of that edge. So every message at the socket came from
 * that child, whatever source the message's header claims.
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

/*
 * Opens a DEALER socket for one end of an edge: the end that connects, or the end that binds. 0 or
 * a negative errno.
 */
int edge_socket(void **socket, void *context, bool connects, struct err *err);

/*
 * Opens the edge to `child`, bound to `endpoint`. May wait up to 500 ms until an earlier socket has
 * freed the address (listen_bind). 0 or a negative errno. If binding fails, the error text is "bind
 * ENDPOINT: cause".
 */
int edge_open(struct edge **edge, void *context, uint32_t child, const char *endpoint,
	      struct err *err);

/* True if the edge's socket is bound to `endpoint`. */
bool edge_is_at(const struct edge *edge, const char *endpoint);

/* Closes the edge and frees its address. `edge` may be NULL. */
void edge_close(struct edge *edge);

#endif
