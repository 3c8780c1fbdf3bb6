/*
 * The agent: the init of a node's sandbox. The agent has one thread besides libzmq's, and one event
 * loop. The agent reaps processes, forwards messages by their header frame alone, answers requests
 * to its own node, keeps the timer and runs programs. The agent sends heartbeats to its parent and
 * watches those of its children. The agent trusts messages from the parent. The agent believes a
 * message from a child only if its source id was LINKed below that child.
 */
#ifndef BONSAI_NODE_AGENT_H
#define BONSAI_NODE_AGENT_H

#include "base/err.h"

/*
 * Runs the agent until SIGTERM, SIGKILL or an error. `boot` has three words: "ID ENDPOINT BEAT_MS".
 * The endpoint is where the parent listens, in libzmq's form, usually with a source address
 * ("tcp://10.0.0.1:1;10.0.0.0:1"). Creates the ZeroMQ context itself, so a forking server may call
 * this in a child. Returns an exit status: 0, 1 for an error, 2 for a boot line that does not
 * parse.
 */
int agent_main(const char *boot);

/*
 * For a process that will call agent_main in many forked children. Initializes the libraries once,
 * before the forks, so that the children need not repeat that. Leaves the process single-threaded
 * and without new descriptors. Blocks for some milliseconds.
 */
void agent_warm_up(void);

/* As agent_main, but reports the error: 0 or a negative errno, -EINVAL for a bad boot line. */
int agent_run(const char *boot, struct err *err);

#endif
