/*
 * Heartbeats: the interval at which all nodes send heartbeats, and the controller's own watch over
 * the root (base/watch.h). Also the event `round`, which tells clients which nodes are alive.
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

/*
 * Sends the heartbeat interval to `top` and all nodes below it, unless all available nodes among
 * them know it already.
 */
void beat_tell(struct daemon *daemon, struct node *top);

/* Records that the root is alive, since a message has come by the trunk. */
void beat_heard(struct daemon *daemon);

/*
 * The controller's loop has run `late_ns` later than planned. If that is more than two intervals,
 * the watch over the root starts over, so that the root is not blamed for the controller's delay.
 */
void beat_late(struct daemon *daemon, int64_t now_ns, int64_t late_ns);

/* Publishes the event `round` if it is due. */
void beat_tell_round(struct daemon *daemon, int64_t now_ns);

/* Returns when the next event `round` is due or the root must be judged, whichever comes first. */
int64_t beat_deadline(const struct daemon *daemon);

#endif
