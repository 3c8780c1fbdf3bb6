/*
 * The agent: what runs as the init of a node's sandbox. One thread of its own, one
 * loop; it reaps, forwards by the header frame alone, answers what is asked of
 * itself, keeps the timer, runs programs, beats to its parent, and watches its
 * children's beats. It trusts what comes from above and believes a child only
 * for ids that were LINKed below that child.
 */
#ifndef BONSAI_NODE_AGENT_H
#define BONSAI_NODE_AGENT_H

#include "base/err.h"

/*
 * Runs the agent until it is told to end or killed. `boot` is three words:
 * "ID ENDPOINT BEAT_MS". The endpoint is libzmq's for connecting to the parent, as a rule from
 * an address of its own ("tcp://10.0.0.1:1;10.0.0.0:1").
 * Creates its ZeroMQ context here, so a forking server may call it in the child.
 * Returns an exit status: 2 for a boot line that does not parse.
 */
int agent_main(const char *boot);

/*
 * For a process that will call agent_main in many forked children: does beforehand
 * what would otherwise be done in each. Leaves the process single-threaded and
 * without descriptors; blocks for some milliseconds.
 */
void agent_warm_up(void);

/* The same, for a caller that tells why: 0 or a negative errno, -EINVAL for the boot line. */
int agent_run(const char *boot, struct err *err);

#endif
