#include "controller/recall.h"

#include "base/clock.h"
#include "controller/create.h"
#include "controller/daemon.h"
#include "controller/pending.h"

#define FIRST_PAUSE_NS (20 * NS_PER_MS) /* a connection made anew takes about that long */
#define PAUSE_MAX_NS NS_PER_S

void recall_begin(struct daemon *daemon)
{
	daemon->recall_ns = clock_ns();
	daemon->recall_pause_ns = FIRST_PAUSE_NS;
}

void recall_doubt(struct daemon *daemon, struct node *node)
{
	node->missed = true;
	state_next(&node->state, NODE_SILENT);
	if (node->parent && node->state == NODE_SUSPECT)
		create_link(daemon, node, NULL); /* failing, it is tried again */
	recall_begin(daemon);
}

void recall_doubt_below(struct daemon *daemon, struct node *top)
{
	struct node *node;

	/* Below one that is doubted it is too early: it is when that one is found. */
	for (node = tree_walk(top)->walk; node; node = node->walk)
		if (node->missed && node->state == NODE_RUNNING &&
		    (node->parent == top || node->parent->state == NODE_RUNNING))
			recall_doubt(daemon, node);
}

/*
 * What was asked of them failed when they became unavailable, and the word to end their programs
 * may have been lost with a hop. None of those has an operator any more.
 */
static void end_programs(struct daemon *daemon, const struct node *top)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 2);
	wire_put_uint(&body, OP_ATTACH);
	wire_put_uint(&body, (uint64_t)daemon->beat_ms);
	trunk_send(&daemon->trunk,
		   (struct wire_header){.type = WIRE_REQUEST,
					.flags = WIRE_BROADCAST,
					.target = top->id,
					.request = ++daemon->last_request},
		   &body, NULL);
	wire_body_release(&body);
}

void recall_found(struct daemon *daemon, struct node *top)
{
	top->missed = false;
	pending_forget(daemon, top->link);
	top->link = 0;
	for (struct node *node = tree_walk(top)->walk; node; node = node->walk)
		trunk_send(&daemon->trunk,
			   (struct wire_header){
			       .type = WIRE_ROUTE, .source = node->id, .target = node->parent->id},
			   NULL, NULL);
	end_programs(daemon, top);
}

/* Whether anybody is still missed; asks those who could be reached. */
static bool ask(struct daemon *daemon)
{
	struct wire_body body = WIRE_BODY_INIT;
	bool any = false;

	wire_put_array(&body, 1);
	wire_put_uint(&body, OP_PING);
	for (struct node *node = tree_walk(daemon->tree.root); node; node = node->walk) {
		if (!node->missed ||
		    (node->state != NODE_SUSPECT && node->state != NODE_RESTARTING))
			continue;
		any = true;
		if (node->parent && !node->parent->available)
			continue;
		if (!node->linked && node->parent && (node->state == NODE_SUSPECT || node->up))
			create_link(daemon, node, NULL);
		else if (node->linked)
			trunk_send(&daemon->trunk,
				   (struct wire_header){.type = WIRE_REQUEST,
							.target = node->id,
							.request = ++daemon->last_request},
				   &body, NULL);
	}
	wire_body_release(&body);
	return any;
}

int64_t recall_step(struct daemon *daemon, int64_t now_ns)
{
	if (now_ns < daemon->recall_ns)
		return daemon->recall_ns;
	if (!ask(daemon)) {
		daemon->recall_ns = INT64_MAX;
		return INT64_MAX;
	}
	daemon->recall_ns = now_ns + daemon->recall_pause_ns;
	daemon->recall_pause_ns =
	    daemon->recall_pause_ns < PAUSE_MAX_NS / 2 ? 2 * daemon->recall_pause_ns : PAUSE_MAX_NS;
	return daemon->recall_ns;
}
