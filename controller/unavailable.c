#include "controller/unavailable.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* The reason for each state. %u stands for the id of the node that is in this state. */
static const char *const reasons[NODE_STATES] = {
    [NODE_CREATING] = "being created",
    [NODE_SUSPECT] = "silent for 4 heartbeats",
    [NODE_FROZEN] = "frozen; bonsai thaw %" PRIu32,
    [NODE_RESTARTING] = "being started again",
    [NODE_REMOVED] = "being removed",
};

/*
 * Finds the uppermost node that is not running, from `node` up to the root. That node makes the
 * nodes below it unavailable.
 */
static const struct node *find_cause(const struct node *node)
{
	const struct node *cause = NULL;

	for (; node; node = node->parent)
		if (node->state != NODE_RUNNING)
			cause = node;
	return cause;
}

int unavailable_error(const struct node *node, struct err *err)
{
	const struct node *cause = find_cause(node);
	char above[48] = "", reason[64];

	if (!cause || !reasons[cause->state])
		return err_text(err, -EHOSTUNREACH, "Node is unavailable");
	if (cause != node)
		snprintf(above, sizeof(above), "node %" PRIu32 " above it is ", cause->id);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(reason, sizeof(reason), reasons[cause->state], cause->id);
#pragma GCC diagnostic pop
	return err_text(err, -EHOSTUNREACH, "Node is unavailable (%s%s)", above, reason);
}

int unavailable_parent(struct err *err)
{
	return err_text(err, -EHOSTUNREACH, "Parent is unavailable");
}
