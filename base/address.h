/*
 * Values that follow from the addresses of an edge between two sandboxes: the port of its two
 * agents, and the index of the network interface at the parent's end. Pure functions.
 *
 * Both agents of an edge use AGENT_PORT. A program of a node cannot bind AGENT_PORT: the node's
 * net.ipv4.ip_unprivileged_port_start is above it, and programs lack CAP_NET_BIND_SERVICE. So a
 * segment from AGENT_PORT comes from an agent (node/listen.h).
 */
#ifndef BONSAI_BASE_ADDRESS_H
#define BONSAI_BASE_ADDRESS_H

#include <netinet/in.h>

#define AGENT_PORT 1

/*
 * The interface index of the child's end of each edge. The kernel numbers its own interfaces from 1
 * upward.
 */
#define UP_IFINDEX 999

/*
 * Returns the index of the network interface at the parent's end of the edge whose parent address
 * is `parent_addr`. The launcher creates the interface with this index, so the parent's agent knows
 * the index before the interface exists. An edge is a /31, so different edges in 10.0.0.0/8 have
 * different indexes.
 */
static inline int address_ifindex(struct in_addr parent_addr)
{
	return UP_IFINDEX + 1 + (int)((ntohl(parent_addr.s_addr) & 0x00ffffff) / 2);
}

#endif
