/*
 * What the next controller must know and the kernel does not say, put down as notes in
 * the launcher's record (launcher_note): one number a node, one for the whole. The
 * launcher keeps it exactly as long as the nodes, in memory, so it is never torn and
 * never of another tree. What it has no room for at once is put down later.
 */
#ifndef BONSAI_CONTROLLER_RECORD_H
#define BONSAI_CONTROLLER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct node;

/* Bits of a node's note. Their meaning never changes. */
enum record_note {
	RECORD_SIGNED_ON = 1, /* its create has succeeded */
	RECORD_LOSS_TOLD = 2, /* that it has ended is known to the operators */
	RECORD_FROZEN = 4,    /* or that is under way */
	RECORD_RESTARTS = 8,  /* it has ended, and is to be started again */
};

/* Adds a bit to what is noted of the node, or takes it away. */
void record_node(struct daemon *daemon, struct node *node, enum record_note bit, bool set);

/* Puts the tree's settings down: the beat, and what follows a crash. */
void record_settings(struct daemon *daemon);

/* Takes the settings of the controller before us, if there was one. */
void record_take_settings(struct daemon *daemon);

/* Puts down what waits. True while something still does. */
bool record_push(struct daemon *daemon);

#endif
