/*
 * Heartbeats: how often all nodes sign on, the controller's own watch over the
 * root, and the round that tells operators who is alive.
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

/* Tells `top` and all below it how often to beat, if any of them was told otherwise. */
void beat_tell(struct daemon *daemon, struct node *top);

/* Something came by the trunk, so the root is alive. */
void beat_heard(struct daemon *daemon);

/* We were late ourselves by so much: if that is long, the root isn't judged by it. */
void beat_late(struct daemon *daemon, int64_t now_ns, int64_t late_ns);

/* Tells the round when it is due. */
void beat_tell_round(struct daemon *daemon, int64_t now_ns);

/* When the next round is due, or the root to be judged. */
int64_t beat_deadline(const struct daemon *daemon);

#endif
