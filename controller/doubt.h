/*
 * A doubt is the controller's check of a silent node. Silence alone does not tell whether an agent
 * is stopped, cut off, or runs without getting a processor. So the controller looks at the threads
 * of the node's agent, and of the agents above, which forward its messages. Only then may it call
 * the node unavailable. While a thread of these agents works or waits for a processor, the node is
 * `starved`: the controller publishes that once, and reads the threads again later. The doubt ends
 * when the node is heard, or with `unavailable`:
 *
 *   - at once when the agent is stopped;
 *   - when all these threads sleep, at the next reading: a quarter of an interval later, at most
 *     100 ms;
 *   - after 32 intervals, when no thread waits for a processor. A waiting thread does not count if
 *     it got a processor so often that a heartbeat would have come through.
 *
 * Where the kernel shows nothing of a process, silence alone counts.
 */
#ifndef BONSAI_CONTROLLER_DOUBT_H
#define BONSAI_CONTROLLER_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct node;

/*
 * Starts a doubt, since the parent of `node`, or the controller for the root, has not heard `node`
 * for four intervals. doubt_step gives the result. False: memory is short.
 */
bool doubt_begin(struct daemon *daemon, const struct node *node);

/* Ends the doubt of `node`, if any: the node was heard, or its record is about to be freed. */
void doubt_end(struct daemon *daemon, const struct node *node);

/*
 * Reads the threads again for the doubts that are due. Returns a node whose doubt has ended with
 * `unavailable`; the caller must call again then. NULL: there is none, and *next_ns is when to call
 * again.
 */
struct node *doubt_step(struct daemon *daemon, int64_t now_ns, int64_t *next_ns);

/*
 * True when a thread is ready to run right now: a thread of the agent of `node` (may be NULL), of
 * the agents above it, or of the controller.
 */
bool doubt_is_starved(const struct node *node);

void doubt_release(struct daemon *daemon);

#endif
