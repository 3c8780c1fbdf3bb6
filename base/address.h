/*
 * What follows from the addresses of an edge between two sandboxes: the port of its agents and
 * the index of the network interface at the parent's end. Pure.
 *
 * Both agents of an edge use AGENT_PORT, which no program of a node may bind: a node's
 * net.ipv4.ip_unprivileged_port_start is above it, and programs lack CAP_NET_BIND_SERVICE. So a
 * segment from that port comes from an agent (node/listen.h).
 */
#ifndef BONSAI_BASE_ADDRESS_H
#define BONSAI_BASE_ADDRESS_H

#include <netinet/in.h>

#define AGENT_PORT 1

/* The kernel numbers interfaces of its own from 1 on; the child's end of each edge has this index.
 */
#define UP_IFINDEX 999

/*
 * The index of the interface at the parent's end of the edge with that address. The launcher asks
 * the kernel for it, so the parent's agent knows it before the interface is there. Addresses of
 * 10.0.0.0/8 give distinct ones, as an edge is a /31.
 */
static inline int address_ifindex(struct in_addr parent_addr)
{
	return UP_IFINDEX + 1 + (int)((ntohl(parent_addr.s_addr) & 0x00ffffff) / 2);
}

#endif
