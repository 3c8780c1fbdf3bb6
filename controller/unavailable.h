/*
 * The error of a node that can't be asked for anything: "Node is unavailable", and the reason where
 * it is known and is no loss. Pure.
 */
#ifndef BONSAI_CONTROLLER_UNAVAILABLE_H
#define BONSAI_CONTROLLER_UNAVAILABLE_H

#include "base/err.h"
#include "controller/tree.h"

/* Fills `err`; `node` NULL: the reason is not known. Returns -EHOSTUNREACH. */
int unavailable_error(const struct node *node, struct err *err);

/* The same of a node that can't be created, since its parent is unavailable. */
int unavailable_parent(struct err *err);

#endif
