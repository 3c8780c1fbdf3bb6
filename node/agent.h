/*
 * The agent: the init of a node's sandbox. The agent has one thread besides libzmq's, and one event
 * loop. The agent reaps processes, forwards messages by their header frame alone, answers requests
 * to its own node, keeps the timer and runs programs. The agent sends heartbeats to its parent and
 * watches for the heartbeats of its children. The agent trusts messages from the parent. The agent
 * believes a message from a child only if the message's source is that child, or a node that a LINK
 * message put below that child.
 */
#ifndef BONSAI_NODE_AGENT_H
#define BONSAI_NODE_AGENT_H

#include "base/err.h"

/*
 * Runs the agent until SIGTERM, SIGKILL or an error. `boot` has three words: "ID ENDPOINT BEAT_MS".
 * The endpoint is where the parent listens, in libzmq's form, usually with a source address
 * ("tcp://10.0.0.1:1;10.0.0.0:1"). The function creates the ZeroMQ context itself, so a forking
 * server may call the function in a child process. Returns an exit status: 0, 1 for an error, 2 for
 * a boot line that does not parse.
 */
int agent_main(const char *boot);

/*
 * For a process that will call agent_main in many forked children. Initializes the libraries once,
 * before the forks, so that the children need not repeat that. Leaves the process single-threaded
 * and without new descriptors. Blocks for some milliseconds.
 */
void agent_warm_up(void);

/*
 * Like agent_main, but describes an error in `err`. Returns 0 or a negative errno, -EINVAL for a
 * bad boot line.
 */
int agent_run(const char *boot, struct err *err);

#endif
