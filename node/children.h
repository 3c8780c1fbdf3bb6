/*
 * An agent's watch over its children: which of them were heard, which are silent, and who else
 * tries to speak for them. The agent calls these functions in each turn of its loop. Reports go up
 * to the controller, and wait while the uplink is blocked.
 */
#ifndef BONSAI_NODE_CHILDREN_H
#define BONSAI_NODE_CHILDREN_H

struct agent;

/*
 * Records which children were heard, before children_judge decides which children are silent. If
 * the agent itself was starved, gives each child a new deadline.
 */
void children_listen(struct agent *agent);

/* Reports that the agent was starved, if so, and the children that went silent or came back. */
void children_judge(struct agent *agent);

/*
 * While the uplink is blocked, the agent does not read from its children. So this extends each
 * child's deadline by that time: it is no silence of the child.
 */
void children_note_blocking(struct agent *agent);

/* Counts the segments that the edges' filters refused, and reports them when that is due. */
void children_look_for_intruders(struct agent *agent);

#endif
