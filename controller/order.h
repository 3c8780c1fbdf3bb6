/*
 * An order is a client's request that the launcher carries out on a node's sandbox. The node's
 * agent takes no part, so an order works on an unavailable node; it fails on a lost or removed
 * node. An order is a pending request whose kind has order_swept and nothing else. The ticket of
 * the request to the launcher contains the order's number.
 */
#ifndef BONSAI_CONTROLLER_ORDER_H
#define BONSAI_CONTROLLER_ORDER_H

#include "controller/pending.h"
#include "sandbox/sandbox.h"

struct node;

/* The launcher handles requests one after another, and a freeze may take it several seconds. */
#define ORDER_LIMIT_MS 15000

/* Initializes the struct pending_kind of an order called NAME. */
#define ORDER_KIND(NAME)                                                                           \
	{                                                                                          \
		.name = (NAME), .sweep = order_swept                                               \
	}
bool order_swept(struct daemon *daemon, struct pending *pending);

/* Returns the node if it has a sandbox to act on; else NULL, and the client gets an error. */
struct node *order_target(struct daemon *daemon, const struct asker *asker, json_int_t id);

/*
 * The launcher has answered order `number`, with REFUSED or another event: sends the client the
 * reply. Takes over `members`, the reply if the launcher did not refuse. An order that is no longer
 * pending is no error.
 */
void order_done(struct daemon *daemon, const struct pending_kind *kind, uint64_t number,
		const struct sandbox_event *event, json_t *members);

#endif
