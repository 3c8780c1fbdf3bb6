/*
 * The listening end of an edge: a socket made here and handed to libzmq.
 *
 * libzmq would list all interfaces and addresses for each address that it binds; this does not.
 * The address need not exist yet, so a parent can listen before the link to its child is made.
 *
 * An endpoint at AGENT_PORT (base/address.h) has a gate: the socket belongs to the interface of
 * that edge, and a filter in the kernel drops each segment that did not arrive there from
 * AGENT_PORT. So only the agent at the other end of the edge can connect. The kernel counts what
 * it drops: segments of programs, either in the child's node or in this one.
 *
 * For the thread that owns the ZeroMQ socket. Nothing here is shared.
 */
#ifndef BONSAI_NODE_LISTEN_H
#define BONSAI_NODE_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

struct gate {
	int fd;		  /* the listening socket, a copy; -1 without a gate */
	uint32_t seen;	  /* the kernel's count, which wraps, when it was read last */
	uint64_t dropped; /* segments since the socket was opened */
	uint64_t tell_at; /* `dropped` at which the next report is due */
};

#define GATE_INIT                                                                                  \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/*
 * Has the ZeroMQ `socket` accept at `endpoint`, "tcp://A.B.C.D:PORT" (other forms are libzmq's to
 * bind), and fills `gate`, the caller's to release. An earlier socket closes in libzmq's own
 * thread, so this waits up to 500 ms while the address is in use. 0 or a negative errno.
 */
int listen_bind(void *socket, const char *endpoint, struct gate *gate);

/* Reads the kernel's count, and adds what is new to *total as well. */
void gate_count(struct gate *gate, uint64_t *total);

/*
 * True once when a report is due: at 16 counted segments, and whenever their number has doubled
 * since the report before.
 */
bool gate_is_due(struct gate *gate);

/* The address is free again only after this. Takes an initial one. */
void gate_release(struct gate *gate);

#endif
