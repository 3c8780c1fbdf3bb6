/*
 * Orders: what operators have the launcher do to a node's sandbox. No node is asked, so that
 * one is unavailable is no obstacle; that it is gone is. An order is a pending request of a kind
 * with order_swept and nothing else, whose number goes to the launcher in a ticket.
 */
#ifndef BONSAI_CONTROLLER_ORDER_H
#define BONSAI_CONTROLLER_ORDER_H

#include "controller/pending.h"
#include "sandbox/sandbox.h"

struct node;

/* The launcher does one thing after another, and freezing can take it seconds. */
#define ORDER_LIMIT_MS 15000

/* The kind of name NAME. */
#define ORDER_KIND(NAME)                                                                           \
	{                                                                                          \
		.name = (NAME), .sweep = order_swept                                               \
	}
bool order_swept(struct daemon *daemon, struct pending *pending);

/* The node if it has a sandbox to do something to; else NULL, and the asker has been told. */
struct node *order_target(struct daemon *daemon, const struct asker *asker, json_int_t id);

/*
 * The launcher's word on order `number`, REFUSED or what it answers otherwise: tells the
 * asker. `members` is taken over and answered, but for a refusal. One that nobody waits for
 * any more is no error.
 */
void order_done(struct daemon *daemon, const struct pending_kind *kind, uint64_t number,
		const struct sandbox_event *event, json_t *members);

#endif
