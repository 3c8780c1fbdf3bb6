/*
 * What is to become of a node that ends by itself: a word of the operator's. restart.h
 * does it. Pure. A number's meaning never changes: the launcher's record has them.
 */
#ifndef BONSAI_CONTROLLER_CRASH_H
#define BONSAI_CONTROLLER_CRASH_H

#include <stdbool.h>

enum on_crash { CRASH_PRESERVE, CRASH_DESTROY, CRASH_RESTART, CRASH_POLICIES };

/* False, and *policy untouched, when there is no such policy. */
bool crash_parse(const char *name, enum on_crash *policy);

const char *crash_name(enum on_crash policy);

#endif
