/*
 * Faults that operators cause in a node on purpose, from the outside: sending a signal to its init,
 * freezing the whole node, and thawing it.
 */
#ifndef BONSAI_CONTROLLER_FAULT_H
#define BONSAI_CONTROLLER_FAULT_H

#include "controller/api.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>

struct daemon;

void fault_signal_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void fault_freeze_command(struct daemon *daemon, const struct asker *asker, json_t *request);
void fault_thaw_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/*
 * Handles the launcher's events FROZEN and REFUSED. False: the event is not about a freeze or thaw.
 */
bool fault_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

#endif
