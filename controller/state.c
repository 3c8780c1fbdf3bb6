#include "controller/state.h"

/* No event leads to NODE_CREATING, so 0 means "no change". */
static const enum node_state next[NODE_STATES][NODE_EVENTS] = {
    [NODE_CREATING] = {[NODE_SIGNED_ON] = NODE_RUNNING, [NODE_REMOVE] = NODE_REMOVED},
    [NODE_RUNNING] = {[NODE_SILENT] = NODE_SUSPECT,
		      [NODE_FREEZE] = NODE_FROZEN,
		      [NODE_EXIT] = NODE_LOST,
		      [NODE_REMOVE] = NODE_REMOVED},
    [NODE_SUSPECT] = {[NODE_BACK] = NODE_RUNNING,
		      [NODE_FREEZE] = NODE_FROZEN,
		      [NODE_EXIT] = NODE_LOST,
		      [NODE_REMOVE] = NODE_REMOVED},
    [NODE_FROZEN] =
	{[NODE_THAW] = NODE_RUNNING, [NODE_EXIT] = NODE_LOST, [NODE_REMOVE] = NODE_REMOVED},
    [NODE_LOST] = {[NODE_RESTART] = NODE_RESTARTING, [NODE_REMOVE] = NODE_REMOVED},
    [NODE_RESTARTING] =
	{[NODE_SIGNED_ON] = NODE_RUNNING, [NODE_EXIT] = NODE_LOST, [NODE_REMOVE] = NODE_REMOVED},
    [NODE_REMOVED] = {0},
};

bool state_next(enum node_state *state, enum node_event event)
{
	enum node_state to = next[*state][event];

	if (to == NODE_CREATING)
		return false;
	*state = to;
	return true;
}

const char *state_name(enum node_state state)
{
	static const char *const names[NODE_STATES] = {
	    [NODE_CREATING] = "creating",
	    [NODE_RUNNING] = "running",
	    [NODE_SUSPECT] = "suspect",
	    [NODE_FROZEN] = "frozen",
	    [NODE_LOST] = "lost",
	    [NODE_REMOVED] = "removed",
	    [NODE_RESTARTING] = "restarting",
	};

	return names[state];
}
