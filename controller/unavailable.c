#include "controller/unavailable.h"

#include <inttypes.h>
#include <stdio.h>

/* %u: the id of the node in that state. */
static const char *const reasons[NODE_STATES] = {
    [NODE_CREATING] = "being created",
    [NODE_SUSPECT] = "silent for 4 heartbeats",
    [NODE_FROZEN] = "frozen; bonsai thaw %" PRIu32,
    [NODE_RESTARTING] = "being started again",
    [NODE_REMOVED] = "being removed",
};

/* The uppermost one that does not run: it is why those below it can't be reached. */
static const struct node *find_cause(const struct node *node)
{
	const struct node *cause = NULL;

	for (; node; node = node->parent)
		if (node->state != NODE_RUNNING)
			cause = node;
	return cause;
}

const char *unavailable_text(const struct node *node, char text[UNAVAILABLE_BYTES])
{
	const struct node *cause = find_cause(node);
	int len = snprintf(text, UNAVAILABLE_BYTES, NODE_UNAVAILABLE);

	if (!cause || !reasons[cause->state])
		return text;
	len += snprintf(text + len, UNAVAILABLE_BYTES - len, " (");
	if (cause != node)
		len += snprintf(text + len, UNAVAILABLE_BYTES - len,
				"node %" PRIu32 " above it is ", cause->id);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	len += snprintf(text + len, UNAVAILABLE_BYTES - len, reasons[cause->state], cause->id);
#pragma GCC diagnostic pop
	snprintf(text + len, UNAVAILABLE_BYTES - len, ")");
	return text;
}
