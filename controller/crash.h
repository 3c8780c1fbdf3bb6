/*
 * The policy for nodes that exit by themselves: what the operator chose, and restart.h carries out.
 * Pure functions. The numbers of the policies never change their meaning, since the launcher's
 * record contains them.
 */
#ifndef BONSAI_CONTROLLER_CRASH_H
#define BONSAI_CONTROLLER_CRASH_H

#include <stdbool.h>

enum on_crash { CRASH_PRESERVE, CRASH_DESTROY, CRASH_RESTART, CRASH_POLICIES };

/* False when no policy has that name: *policy is unchanged then. */
bool crash_parse(const char *name, enum on_crash *policy);

const char *crash_name(enum on_crash policy);

#endif
