/*
 * Heartbeats: the interval at which all nodes send heartbeats, and the controller's own watch over
 * the root. Also the event `round`, which tells clients which nodes are alive.
 */
#ifndef BONSAI_CONTROLLER_BEAT_H
#define BONSAI_CONTROLLER_BEAT_H

#include "controller/api.h"

#define BEAT_DEFAULT_MS 1000
#define BEAT_MIN_MS 10
#define BEAT_MAX_MS 3600000

struct daemon;
struct node;

void beat_init(struct daemon *daemon);

/* The command `heartbeat`. */
void beat_command(struct daemon *daemon, const struct asker *asker, json_t *request);

/* Tells the interval to `top` and all nodes below it, unless all available ones know it. */
void beat_tell(struct daemon *daemon, struct node *top);

/* A message came by the trunk, so the root is alive. */
void beat_heard(struct daemon *daemon);

/*
 * The controller's turn came `late_ns` late. If that is more than two intervals, the time of the
 * root's watch begins anew, so that the root is not blamed for it.
 */
void beat_late(struct daemon *daemon, int64_t now_ns, int64_t late_ns);

/* Publishes the event `round` if it is due. */
void beat_tell_round(struct daemon *daemon, int64_t now_ns);

/* Returns when the next round is due or the root must be judged, whichever comes first. */
int64_t beat_deadline(const struct daemon *daemon);

#endif
