/*
 * Doubt about a silent node. Silence alone does not say whether an agent is stopped, cut off, or
 * alive and without a processor. So before a silent node is called unavailable, the controller
 * looks at the threads of its agent, and of the agents on the way up, which pass its beats on.
 * While one of them is at work or waits for a processor the node is `starved`: that is told once,
 * and looked at again. The doubt ends when the node is heard, or with `unavailable`:
 *
 *   - at once when the agent is stopped;
 *   - at the second look, a quarter of a beat later and at most 100 ms, when all of them sleep;
 *   - after 32 beats, when none waits for a processor, or each thread that does got one so often
 * that a beat would have come through.
 *
 * Where the kernel shows nothing, silence alone counts.
 */
#ifndef BONSAI_CONTROLLER_DOUBT_H
#define BONSAI_CONTROLLER_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct node;

/*
 * Its parent, or the controller for the root, has not heard of `node` for four beats. The verdict
 * is doubt_step's. False: memory is short.
 */
bool doubt_begin(struct daemon *daemon, const struct node *node);

/* `node` is heard, or about to be forgotten. */
void doubt_end(struct daemon *daemon, const struct node *node);

/*
 * Looks again where it is due. Returns a node whose doubt has ended with `unavailable`; call it
 * again then. NULL: there is none, and *next_ns is when to be called again.
 */
struct node *doubt_step(struct daemon *daemon, int64_t now_ns, int64_t *next_ns);

/* The agent of `node` (may be NULL), or one on the way to it, is ready to run right now. */
bool doubt_is_starved(const struct node *node);

void doubt_release(struct daemon *daemon);

#endif
