#include "node/children.h"

#include "base/clock.h"
#include "node/state.h"

#define STARVED_INTERVALS 2 /* more intervals between two turns: the agent itself was starved */

static void report(struct agent *agent, enum wire_report what, uint32_t node)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 2);
	wire_put_uint(&body, what);
	wire_put_uint(&body, node);
	uplink_say(&agent->uplink, WIRE_REPORT, 0, 0, &body);
}

void children_listen(struct agent *agent)
{
	int64_t slept_ns = agent->turn_ns;
	bool starved;

	agent->turn_ns = clock_ns();
	starved = agent->turn_ns - slept_ns > STARVED_INTERVALS * agent->interval_ns;
	for (size_t i = 0; i < agent->edges; i++) {
		struct edge *edge = agent->edge[i];

		/*
		 * If a message of the child waits, the child counts as heard now, even if a later
		 * turn reads the message.
		 */
		if (edge->ready.now)
			watch_heard(&edge->watch, agent->turn_ns, agent->interval_ns);
		else if (starved)
			watch_restart(&edge->watch, agent->turn_ns, agent->interval_ns);
	}
	if (starved) {
		agent->stat[STAT_STARVED]++;
		agent->tell_starved = true;
	}
}

void children_judge(struct agent *agent)
{
	static const int reports[] = {
	    [WATCH_WENT_SILENT] = REPORT_SILENT,
	    [WATCH_CAME_BACK] = REPORT_BACK,
	};

	if (agent->tell_starved && !agent->uplink.blocked) {
		agent->tell_starved = false;
		report(agent, REPORT_STARVED, agent->id);
	}
	for (size_t i = 0; i < agent->edges && !agent->uplink.blocked; i++) {
		struct edge *edge = agent->edge[i];
		enum watch_change change = watch_judge(&edge->watch, agent->turn_ns);

		if (change != WATCH_NO_CHANGE)
			report(agent, reports[change], edge->child);
	}
}

static void tell_intrusion(struct agent *agent, const struct edge *edge)
{
	struct wire_body body = WIRE_BODY_INIT;

	wire_put_array(&body, 3);
	wire_put_uint(&body, REPORT_INTRUSION);
	wire_put_uint(&body, edge->child);
	wire_put_uint(&body, edge->gate.dropped);
	uplink_say(&agent->uplink, WIRE_REPORT, 0, 0, &body);
}

void children_look_for_intruders(struct agent *agent)
{
	for (size_t i = 0; i < agent->edges; i++) {
		struct edge *edge = agent->edge[i];

		gate_count(&edge->gate, &agent->stat[STAT_REFUSED]);
		if (!agent->uplink.blocked && gate_is_due(&edge->gate))
			tell_intrusion(agent, edge);
	}
}

void children_note_blocking(struct agent *agent)
{
	if (agent->uplink.blocked) {
		if (!agent->blocked_ns)
			agent->blocked_ns = agent->turn_ns;
		return;
	}
	if (!agent->blocked_ns)
		return;
	for (size_t i = 0; i < agent->edges; i++)
		watch_excuse(&agent->edge[i]->watch, agent->turn_ns - agent->blocked_ns);
	agent->blocked_ns = 0;
}
