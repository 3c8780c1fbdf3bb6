/*
 * Notes for the next controller: what it must know and the kernel does not tell. They are kept in
 * the launcher's record (launcher_note): one number for each node, and one for the whole tree. The
 * launcher keeps them in memory, exactly as long as the nodes. So a note is never torn, and never
 * another tree's. Notes for which the launcher's queue has no room are sent later.
 */
#ifndef BONSAI_CONTROLLER_RECORD_H
#define BONSAI_CONTROLLER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct node;

/* Bits of a node's note. Their meaning never changes. */
enum record_note {
	RECORD_SIGNED_ON = 1, /* the node's creation has succeeded */
	RECORD_LOSS_TOLD = 2, /* clients were told that the node is lost */
	RECORD_FROZEN = 4,    /* the node is frozen, or is being frozen */
	RECORD_RESTARTS = 8,  /* the node's sandbox has exited; the node is to be restarted */
};

/* Sets or clears a bit in the note of a node. */
void record_node(struct daemon *daemon, struct node *node, enum record_note bit, bool set);

/* Notes the tree's settings: the interval of heartbeats, and the policy for exits. */
void record_settings(struct daemon *daemon);

/* Takes over the settings from the note of a former controller, if there was one. */
void record_take_settings(struct daemon *daemon);

/* Sends the notes that wait for room in the launcher's queue. True while some still wait. */
bool record_push(struct daemon *daemon);

#endif
