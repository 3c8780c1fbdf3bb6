#include "node/hop.h"

#include "base/cleanup.h"
#include "node/request.h"

#include <errno.h>

static void count_drop(struct agent *agent, enum stat stat, struct msg *msg)
{
	agent->stat[stat]++;
	msg_drop(msg);
}

/*
 * `learn` and `unlearn` update the routes when a LINK or DISCONNECT message about another node's
 * child passes. The message's target is that child's parent, its source the child. 0 or a negative
 * errno.
 */
static int learn(struct agent *agent, const struct wire_header *header, struct edge *edge)
{
	return routes_add(&agent->routes, header->source, header->target, edge);
}

static int unlearn(struct agent *agent, const struct wire_header *header, struct edge *edge)
{
	(void)edge;
	routes_forget(&agent->routes, header->source);
	return 0;
}

/*
 * Handles a passing ROUTE message, which gives a restarted node its routes again: learns the route
 * to the message's source. Without a route to the message's target, which is the source's parent,
 * there is nothing to learn.
 */
static int learn_again(struct agent *agent, const struct wire_header *header, struct edge *edge)
{
	return edge ? learn(agent, header, edge) : 0;
}

/*
 * Handles a ROUTE message whose target is this node. The message's source is a child of this node,
 * and this node has the edge to the child already: nothing to do.
 */
static void pass_over(struct agent *agent, struct msg *msg)
{
	(void)agent;
	(void)msg;
}

static const struct {
	/* Handles a message whose target is this node. */
	void (*own)(struct agent *agent, struct msg *msg);
	/*
	 * Updates the routes before a message to another node is forwarded by `edge`. `edge` is
	 * NULL if there is no route to that node.
	 */
	int (*passing)(struct agent *agent, const struct wire_header *header, struct edge *edge);
	/* If a message cannot be forwarded, reply with an error: the sender waits for a reply. */
	bool answered;
} down[] = {
    [WIRE_REQUEST] = {request_own, NULL, true},
    [WIRE_LINK] = {request_link, learn, true},
    [WIRE_DISCONNECT] = {request_disconnect, unlearn, false},
    [WIRE_CREDIT] = {request_steer, NULL, true},
    [WIRE_INPUT] = {request_steer, NULL, true},
    [WIRE_SIGNAL] = {request_steer, NULL, true},
    [WIRE_RESIZE] = {request_steer, NULL, true},
    [WIRE_ROUTE] = {pass_over, learn_again, false},
};

/*
 * Sends each child a copy of a broadcast. The copy's target is that child, which sends copies to
 * its own children in turn. If a child cannot take its copy, the agent skips the child; the
 * controller notices the missing reply.
 */
static void broadcast(struct agent *agent, struct msg *msg)
{
	for (size_t i = 0; i < agent->edges; i++) {
		struct msg copy;

		if (msg_share(&copy, msg) < 0)
			continue;
		copy.header.target = agent->edge[i]->child;
		agent->edge[i]->ready.used = true;
		if (msg_send(agent->edge[i]->socket, &copy) == 0)
			agent->stat[STAT_FORWARDED_DOWN]++;
		else
			count_drop(agent, STAT_UNROUTABLE, &copy);
	}
}

static void pass_down(struct agent *agent, struct msg *msg)
{
	const struct wire_header header = msg->header;
	struct edge *edge = routes_find(&agent->routes, header.target);
	int rc = edge ? 0 : -EHOSTUNREACH;

	if (down[header.type].passing && (edge || !down[header.type].answered))
		rc = down[header.type].passing(agent, &header, edge);
	if (rc == 0 && edge) {
		edge->ready.used = true;
		rc = msg_send(edge->socket, msg);
	}
	if (rc == 0 && edge) {
		agent->stat[STAT_FORWARDED_DOWN]++;
		return;
	}
	count_drop(agent, STAT_UNROUTABLE, msg);
	if (down[header.type].answered)
		uplink_error(&agent->uplink, header.request, EHOSTUNREACH,
			     edge ? "node %u: no connection to its branch at node %u"
				  : "node %u: not below node %u",
			     header.target, agent->id);
}

void hop_down(struct agent *agent, struct msg *msg)
{
	const struct wire_header *header = &msg->header;

	if (header->type >= ARRAY_SIZE(down) || !down[header->type].own) {
		count_drop(agent, STAT_MALFORMED, msg);
		return;
	}
	if (header->target != agent->id) {
		pass_down(agent, msg);
		return;
	}
	if (header->type == WIRE_REQUEST && (header->flags & WIRE_BROADCAST))
		broadcast(agent, msg);
	down[header->type].own(agent, msg);
	msg_drop(msg);
}

static const bool travels_up[] = {
    [WIRE_READY] = true,
    [WIRE_REPLY] = true,
    [WIRE_ERROR] = true,
    [WIRE_REPORT] = true,
};

void hop_up(struct agent *agent, struct edge *edge, struct msg *msg)
{
	const struct wire_header *header = &msg->header;
	bool beat = header->type == WIRE_HEARTBEAT;

	if (header->target != WIRE_CONTROLLER ||
	    (!beat && (header->type >= ARRAY_SIZE(travels_up) || !travels_up[header->type]))) {
		count_drop(agent, STAT_MALFORMED, msg);
		return;
	}
	/* No agent forwards a heartbeat, so the source of a heartbeat must be the child itself. */
	if (beat ? header->source != edge->child
		 : routes_find(&agent->routes, header->source) != edge) {
		count_drop(agent, STAT_FOREIGN, msg);
		return;
	}
	if (beat) {
		count_drop(agent, STAT_BEATS_SEEN, msg);
		return;
	}
	agent->stat[STAT_FORWARDED_UP]++;
	uplink_forward(&agent->uplink, msg);
}
