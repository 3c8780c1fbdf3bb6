/*
 * Takes over a tree whose controller is gone, from the launcher, which holds the tree. Three steps:
 *
 *   - Read the launcher's record and build the tree from it. Nodes whose creation was not finished
 *     are removed: no client was told of them.
 *   - Wait until the root's agent connects.
 *   - Call the roll, a broadcast: each agent that is there replies, and names those of its children
 *     that are silent.
 *
 * Until the last step ends, clients' requests wait in their sockets. Losses since the former
 * controller died are published as events, with the time at which the launcher noticed them. The
 * event `attached` follows at the end. A node that does not reply to the roll call is suspect;
 * recall.h asks it again until it replies or is gone.
 */
#ifndef BONSAI_CONTROLLER_ATTACH_H
#define BONSAI_CONTROLLER_ATTACH_H

#include "base/err.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon;

/* Begins the take-over. The caller has attached to the launcher already (launcher_attach). */
int attach_begin(struct daemon *daemon, struct err *err);

/* Handles the launcher's events HELD, a sandbox on record, and LISTED, the end of the record. */
void attach_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

/*
 * Continues the take-over if that is due. Returns the time at which the caller must call again at
 * the latest.
 */
int64_t attach_step(struct daemon *daemon, int64_t now_ns);

/* True while the take-over goes on: the controller must not read requests yet. */
bool attach_is_open(const struct daemon *daemon);

void attach_release(struct daemon *daemon);

#endif
