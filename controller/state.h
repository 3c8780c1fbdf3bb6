/*
 * The life of a node as one table: what state follows which event. Pure.
 */
#ifndef BONSAI_CONTROLLER_STATE_H
#define BONSAI_CONTROLLER_STATE_H

#include <stdbool.h>

enum node_state {
	NODE_CREATING, /* from the request until its READY; nothing leads back here */
	NODE_RUNNING,
	NODE_SUSPECT,	 /* silent: frozen, cut off or starved, nobody knows */
	NODE_FROZEN,	 /* stopped by us, on purpose */
	NODE_LOST,	 /* its sandbox has ended by itself; kept until removed */
	NODE_RESTARTING, /* started again in its place, from then until its READY */
	NODE_REMOVED,	 /* being taken down; forgotten when nothing of it is left */
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

/* Moves *state on. False, and *state untouched, when the event means nothing in it. */
bool state_next(enum node_state *state, enum node_event event);

const char *state_name(enum node_state state);

#endif
