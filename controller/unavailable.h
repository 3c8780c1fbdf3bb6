/*
 * The error for a request to a node that cannot take requests: "Node is unavailable", with the
 * reason if that is known and is no loss. Pure functions.
 */
#ifndef BONSAI_CONTROLLER_UNAVAILABLE_H
#define BONSAI_CONTROLLER_UNAVAILABLE_H

#include "base/err.h"
#include "controller/tree.h"

/* Fills `err`; `node` is NULL if the reason is not known. Returns -EHOSTUNREACH. */
int unavailable_error(const struct node *node, struct err *err);

/* As unavailable_error, for a node that cannot be created because its parent is unavailable. */
int unavailable_parent(struct err *err);

#endif
