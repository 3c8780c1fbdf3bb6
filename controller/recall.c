#include "controller/recall.h"

#include "base/clock.h"
#include "controller/create.h"
#include "controller/daemon.h"
#include "controller/doubt.h"
#include "controller/pending.h"

#define FIRST_PAUSE_NS (20 * NS_PER_MS) /* a new connection takes about that long */
#define PAUSE_MAX_NS NS_PER_S
#define WATCH_PAUSE_NS (4 * NS_PER_S) /* while no node is missed */

void recall_begin(struct daemon *daemon)
{
	daemon->recall_ns = clock_ns();
	daemon->recall_pause_ns = FIRST_PAUSE_NS;
}

void recall_watch(struct daemon *daemon)
{
	int64_t next_ns = clock_ns() + PAUSE_MAX_NS;

	if (daemon->recall_ns == INT64_MAX)
		daemon->recall_pause_ns = PAUSE_MAX_NS;
	if (daemon->recall_ns > next_ns)
		daemon->recall_ns = next_ns;
}

bool recall_heard(struct daemon *daemon, const struct node *node)
{
	int64_t next_ns = daemon->recall_asked_ns + FIRST_PAUSE_NS;

	if (node->missed && daemon->recall_ns > next_ns)
		daemon->recall_ns = next_ns;
	return !node->missed;
}

bool recall_is_proof(const struct node *node, const struct wire_header *header)
{
	return header->type == WIRE_REPLY && header->request > node->linked_request;
}

bool recall_is_cut_off(const struct node *node)
{
	while ((node = node->parent))
		if (node->state == NODE_LOST)
			return true;
	return false;
}

void recall_cut_off(struct node *top)
{
	for (struct node *node = tree_walk(top)->walk; node; node = node->walk)
		if (node->state == NODE_SUSPECT) {
			state_next(&node->state, NODE_BACK);
			node->missed = true;
		}
}

void recall_doubt(struct daemon *daemon, struct node *node)
{
	node->missed = true;
	if (recall_is_cut_off(node))
		return;
	state_next(&node->state, NODE_SILENT);
	if (node->parent && node->state == NODE_SUSPECT)
		create_link(daemon, node, NULL); /* if it fails, `ask` tries again */
	recall_begin(daemon);
}

void recall_doubt_below(struct daemon *daemon, struct node *top)
{
	struct node *node;

	/* Skip nodes below a suspect: a doubt about them begins when the suspect is back. */
	for (node = tree_walk(top)->walk; node; node = node->walk)
		if (node->missed && node->state == NODE_RUNNING &&
		    (node->parent == top || node->parent->state == NODE_RUNNING))
			recall_doubt(daemon, node);
}

/*
 * Starts a doubt about the children that a node's reply names as silent. The node has reported each
 * of them before, but that report may have been lost when a node on the way exited.
 */
static bool take_silent(struct daemon *daemon, struct pending *pending,
			const struct wire_header *header, struct wire_reader *body)
{
	const struct node *parent = tree_find(&daemon->tree, header->source), *child;
	uint32_t members;
	uint64_t id;

	(void)pending;
	if (!parent || !wire_get_array(body, &members))
		return false;
	for (uint32_t i = 0; i < members && wire_get_uint(body, &id) && id <= WIRE_NODE_MAX; i++) {
		child = tree_find(&daemon->tree, (uint32_t)id);
		if (child && child->parent == parent && child->state == NODE_RUNNING)
			doubt_begin(daemon, child);
	}
	return false;
}

static bool never(struct daemon *daemon, struct pending *pending)
{
	(void)daemon;
	(void)pending;
	return false;
}

static bool not_that(struct daemon *daemon, struct pending *pending, uint32_t node)
{
	(void)node;
	return never(daemon, pending);
}

/* Nothing to do: no client waits for the replies. */
static void over(struct daemon *daemon, struct pending *pending, const struct err *err)
{
	(void)err;
	never(daemon, pending);
}

static const struct pending_kind found_kind = {
    .name = "found",
    .reply = take_silent,
    .fail = over,
    .sweep = never,
    .error = not_that,
    .from_anyone = true,
};

/*
 * Makes the agents below `top` end their programs. The requests for these programs failed when the
 * nodes became unavailable, so no client is left. An earlier message to end a program may have been
 * lost when a node on the way exited.
 */
static void end_programs(struct daemon *daemon, const struct node *top)
{
	struct pending *pending =
	    pending_add(daemon, &found_kind, NULL, top->id, 2 * PENDING_LIMIT_MS);
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 2);
	wire_put_uint(&body, OP_ATTACH);
	wire_put_uint(&body, (uint64_t)daemon->beat_ms);
	trunk_send(
	    &daemon->trunk,
	    (struct wire_header){.type = WIRE_REQUEST,
				 .flags = WIRE_BROADCAST,
				 .target = top->id,
				 .request = pending ? pending->number : ++daemon->last_request},
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

/*
 * Asks the missed and suspect nodes that can be reached whether they are there. Returns the longest
 * pause until the next call; INT64_MAX: no node needs to be asked.
 */
static int64_t ask(struct daemon *daemon)
{
	struct wire_body body = WIRE_BODY_INIT;
	int64_t pause_ns = INT64_MAX;

	wire_put_array(&body, 1);
	wire_put_uint(&body, OP_PING);
	for (struct node *node = tree_walk(daemon->tree.root); node; node = node->walk) {
		if (node->state != NODE_SUSPECT &&
		    (node->state != NODE_RESTARTING || !node->missed))
			continue;
		if (node->missed)
			pause_ns = PAUSE_MAX_NS;
		else if (pause_ns == INT64_MAX)
			pause_ns = WATCH_PAUSE_NS;
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
	return pause_ns;
}

int64_t recall_step(struct daemon *daemon, int64_t now_ns)
{
	int64_t longest_ns;

	if (now_ns < daemon->recall_ns)
		return daemon->recall_ns;
	daemon->recall_asked_ns = now_ns;
	longest_ns = ask(daemon);
	if (longest_ns == INT64_MAX) {
		daemon->recall_ns = INT64_MAX;
		return INT64_MAX;
	}
	if (daemon->recall_pause_ns > longest_ns)
		daemon->recall_pause_ns = longest_ns;
	daemon->recall_ns = now_ns + daemon->recall_pause_ns;
	daemon->recall_pause_ns *= 2;
	return daemon->recall_ns;
}
