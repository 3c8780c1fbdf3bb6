/*
 * The life of a node as one table: what state follows which event. Pure.
 */
#ifndef BONSAI_CONTROLLER_STATE_H
#define BONSAI_CONTROLLER_STATE_H

#include <stdbool.h>

enum node_state {
	NODE_CREATING, /* from the create request until READY; no event leads here */
	NODE_RUNNING,
	NODE_SUSPECT,	 /* silent; whether stopped, cut off or starved is unknown */
	NODE_FROZEN,	 /* frozen by an operator */
	NODE_LOST,	 /* its sandbox has exited by itself; kept until removed */
	NODE_RESTARTING, /* being restarted in its place, until READY */
	NODE_REMOVED,	 /* being removed; freed when nothing of it is left */
	NODE_STATES,
};

enum node_event {
	NODE_SIGNED_ON,
	NODE_SILENT,
	NODE_BACK,
	NODE_FREEZE,
	NODE_THAW,
	NODE_EXIT,
	NODE_RESTART,
	NODE_REMOVE,
	NODE_EVENTS,
};

/*
 * Advances *state by the event. False: the event has no meaning in *state, which stays unchanged.
 */
bool state_next(enum node_state *state, enum node_event event);

const char *state_name(enum node_state state);

#endif
