/*
 * How long a node may take for a step of its own: until it has signed on, its sandbox being up.
 * Many at once make each other slow, and so does the machine; so the time begins anew whenever
 * another node comes a step further, and is longer while the node waits for a processor. It ends
 * all the same.
 */
#ifndef BONSAI_CONTROLLER_PATIENCE_H
#define BONSAI_CONTROLLER_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_S 10 /* without progress of anybody */
#define PATIENCE_MAX_S 60

struct daemon;
struct node;

/* A node has come a step further. */
void patience_progress(struct daemon *daemon);

/* When to look at a step that began at `since_ns`. */
int64_t patience_deadline(const struct daemon *daemon, int64_t since_ns, int64_t now_ns);

/* Whether that step of `node` has taken too long. */
bool patience_is_over(const struct daemon *daemon, const struct node *node, int64_t since_ns,
		      int64_t now_ns);

#endif
