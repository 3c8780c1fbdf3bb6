/*
 * A link is one veth pair, one edge of the tree: the interface `up` in the child's network
 * namespace, the interface `c<ID>` in the parent's, and a /31 between them. One RTM_NEWLINK request
 * creates each end directly in its namespace. The launcher holds a netlink socket for each
 * namespace, which it opened inside the namespace. So the launcher can change or look at a link
 * later without entering the namespace.
 */
#ifndef BONSAI_SANDBOX_LINK_H
#define BONSAI_SANDBOX_LINK_H

#include "base/err.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct nl_sock;

struct link_end {
	struct nl_sock *netlink; /* a socket in the namespace of this end; borrowed */
	pid_t pid;		 /* a process in that namespace; used for the parent's end only */
	struct in_addr addr;
	int ifindex; /* the index to create the interface with; must be free in that namespace */
};

/*
 * Opens a netlink socket in the network namespace of `pidfd` (-1: the caller's own). The caller
 * must be single-threaded. On return the caller is in the network namespace of the descriptor
 * `home_ns`. Returns NULL on failure.
 */
struct nl_sock *link_open(int pidfd, int home_ns, struct err *err);

void link_close(struct nl_sock *netlink);

/*
 * Makes the veth pair for node `id`, with addresses, and sets both ends and the child's `lo` up.
 * Neither end forwards packets.
 */
int link_create(uint32_t id, const struct link_end *parent, const struct link_end *child,
		struct err *err);

/* Sets the interface `lo` up in the network namespace of `netlink`. */
int link_loopback_up(struct nl_sock *netlink, struct err *err);

/* True if the network namespace of `netlink` has an interface with the index `ifindex`. */
bool link_exists(struct nl_sock *netlink, int ifindex);

/*
 * Deletes the interface `ifindex`; the kernel deletes its peer too. An interface that is already
 * gone is no error.
 */
int link_delete(struct nl_sock *netlink, int ifindex, struct err *err);

#endif
