/*
 * What an operator is told of a node that can't be asked for anything: "Node is unavailable", and
 * the reason where it is known and is no loss. Pure.
 */
#ifndef BONSAI_CONTROLLER_UNAVAILABLE_H
#define BONSAI_CONTROLLER_UNAVAILABLE_H

#include "controller/tree.h"

#define NODE_UNAVAILABLE "Node is unavailable"
#define UNAVAILABLE_BYTES 128

/* The sentence, in `text`, which is returned. */
const char *unavailable_text(const struct node *node, char text[UNAVAILABLE_BYTES]);

#endif
