/*
 * What operators do to a node on purpose, from the outside: a signal to its init,
 * freezing all of it and letting it go on.
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

/* FROZEN, or REFUSED: false when that is about something else. */
bool fault_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

#endif
