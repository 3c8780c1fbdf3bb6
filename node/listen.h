/*
 * The listening end of an edge: a socket opened here and handed to libzmq.
 *
 * libzmq would list all interfaces and addresses for each address that it binds; this code does
 * not. The address need not exist yet, so a parent can listen before the link to its child is made.
 *
 * An endpoint at AGENT_PORT (base/address.h) has a gate: the socket is bound to the interface of
 * that edge, and a socket filter drops each segment that does not arrive at this interface from
 * port AGENT_PORT. So only the agent at the other end of the edge can connect. The kernel counts
 * the segments that it drops: they come from programs, in the child's node or in this one.
 *
 * Call these functions only in the thread that owns the ZeroMQ socket. There is no shared state.
 */
#ifndef BONSAI_NODE_LISTEN_H
#define BONSAI_NODE_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

struct gate {
	int fd;		  /* a copy of the listening descriptor; -1 without a gate */
	uint32_t seen;	  /* the kernel's counter of drops when last read; it wraps */
	uint64_t dropped; /* segments dropped since the socket was opened */
	uint64_t tell_at; /* the next report is due when `dropped` reaches this */
};

#define GATE_INIT                                                                                  \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/*
 * Makes the ZeroMQ `socket` accept connections at `endpoint`, "tcp://A.B.C.D:PORT". An endpoint of
 * another form is bound by libzmq itself. Fills `gate`, which the caller releases. While the
 * address is in use, waits up to 500 ms: libzmq closes an earlier socket in a thread of its own,
 * which takes a while. 0 or a negative errno.
 */
int listen_bind(void *socket, const char *endpoint, struct gate *gate);

/*
 * Reads the kernel's counter of dropped segments, and adds the new drops to gate->dropped and to
 * *total.
 */
void gate_count(struct gate *gate, uint64_t *total);

/*
 * Returns true once for each report of dropped segments that is due: at 16 segments, and whenever
 * their number has doubled since the last report.
 */
bool gate_is_due(struct gate *gate);

/*
 * Closes the gate's copy of the listening descriptor; the address stays in use until then. Accepts
 * a gate set to GATE_INIT.
 */
void gate_release(struct gate *gate);

#endif
