/*
 * Taking over a tree whose controller is gone, from its launcher, which holds it. In
 * three steps: the record is read and the tree built from it (nodes whose creation was
 * under way are taken down again: nobody was told of them); the root connects to us;
 * a roll-call brings in who is there, and what the parents know of silent children.
 * Until then operators' requests wait in their sockets. Losses of the meantime are
 * told as events, with the time at which the launcher noticed them, and at the end an
 * `attached`. One who does not answer the call is suspect, and is asked again, in vain
 * or not, until he is back or gone.
 */
#ifndef BONSAI_CONTROLLER_ATTACH_H
#define BONSAI_CONTROLLER_ATTACH_H

#include "base/err.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon;

/* Begins; the launcher is attached to. */
int attach_begin(struct daemon *daemon, struct err *err);

/* HELD and LISTED come here. */
void attach_sandbox_event(struct daemon *daemon, const struct sandbox_event *event);

/* Goes on with it; returns when it must be called again at the latest. */
int64_t attach_step(struct daemon *daemon, int64_t now_ns);

/* Requests must wait. */
bool attach_is_open(const struct daemon *daemon);

void attach_release(struct daemon *daemon);

#endif
