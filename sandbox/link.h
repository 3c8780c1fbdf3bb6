/*
 * A link is one veth pair, one edge of the tree: `up` in the child's network namespace, `c<ID>` in
 * the parent's, with a /31 between them. One RTM_NEWLINK makes both ends in place. The launcher
 * holds a netlink socket for each namespace, opened inside it once. So the launcher can change or
 * look at a link later without entering the namespace.
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
	struct nl_sock *netlink; /* of the namespace of this end; borrowed */
	pid_t pid;		 /* a process in that namespace; used for the parent's end only */
	struct in_addr addr;
	int ifindex; /* requested; must be free in that namespace */
};

/*
 * Opens a netlink socket in the network namespace of `pidfd` (-1: the caller's own). The caller
 * must be single-threaded, and is back in `home_ns` on return. NULL on failure.
 */
struct nl_sock *link_open(int pidfd, int home_ns, struct err *err);

void link_close(struct nl_sock *netlink);

/*
 * Makes the pair for node `id`, with addresses, and sets both ends and the child's `lo` up. Neither
 * end forwards.
 */
int link_create(uint32_t id, const struct link_end *parent, const struct link_end *child,
		struct err *err);

/* Sets `lo` up in the namespace of `netlink`. */
int link_loopback_up(struct nl_sock *netlink, struct err *err);

/* True if the namespace of `netlink` has an interface with that index. */
bool link_exists(struct nl_sock *netlink, int ifindex);

/* Deletes the interface, and with it its peer. A link that is already gone is no error. */
int link_delete(struct nl_sock *netlink, int ifindex, struct err *err);

#endif
