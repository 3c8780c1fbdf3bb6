/*
 * The policy for a node that exits by itself, which the operator chooses; restart.h carries it out.
 * Pure. The meaning of a number never changes: the launcher's record contains the number.
 */
#ifndef BONSAI_CONTROLLER_CRASH_H
#define BONSAI_CONTROLLER_CRASH_H

#include <stdbool.h>

enum on_crash { CRASH_PRESERVE, CRASH_DESTROY, CRASH_RESTART, CRASH_POLICIES };

/* False when there is no such policy: *policy is unchanged then. */
bool crash_parse(const char *name, enum on_crash *policy);

const char *crash_name(enum on_crash policy);

#endif
