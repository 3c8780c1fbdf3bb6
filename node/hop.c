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
 * Updates the routes when a LINK or DISCONNECT passes on its way to its target, the parent. 0 or a
 * negative errno.
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
 * ROUTE: gives a restarted hop its routes again. If this hop has no route to the target, the hop
 * cannot learn one to the source.
 */
static int learn_again(struct agent *agent, const struct wire_header *header, struct edge *edge)
{
	return edge ? learn(agent, header, edge) : 0;
}

/* The target of a ROUTE is the parent, which has this child's edge already: nothing to do. */
static void pass_over(struct agent *agent, struct msg *msg)
{
	(void)agent;
	(void)msg;
}

static const struct {
	/* Handles a message to this node. */
	void (*own)(struct agent *agent, struct msg *msg);
	/* Handles a message to a node below `edge`, which is NULL without a route to it. */
	int (*passing)(struct agent *agent, const struct wire_header *header, struct edge *edge);
	/* The sender waits for a reply, so on failure it gets an error. */
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
 * Sends each child a copy whose target is that child, a broadcast for the child's subtree. If a
 * child cannot take its copy, the agent skips the child; the controller notices the missing reply.
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
	/* Nobody forwards a heartbeat, so its source must be the child itself. */
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
