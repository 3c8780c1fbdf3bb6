/*
 * A link is one veth pair, one tree edge: `up` in the child's network namespace,
 * `c<ID>` in the parent's, a /31 between them. Both ends are made in place by one
 * RTM_NEWLINK. Each namespace has a netlink socket, opened inside it once and held
 * by the launcher, so a link can be changed or looked at later without entering it.
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
	struct nl_sock *netlink; /* of the namespace the end is in; borrowed */
	pid_t pid;		 /* a process in that namespace; asked of the parent's end */
	struct in_addr addr;
	int ifindex; /* wanted, free in that namespace */
};

/*
 * Opens a netlink socket in the network namespace of `pidfd` (-1: the caller's own).
 * The caller, single-threaded, is back in `home_ns` on return. NULL on failure.
 */
struct nl_sock *link_open(int pidfd, int home_ns, struct err *err);

void link_close(struct nl_sock *netlink);

/* Makes the pair for node `id`, addressed and up, `lo` of the child as well. Neither end forwards.
 */
int link_create(uint32_t id, const struct link_end *parent, const struct link_end *child,
		struct err *err);

/* Sets `lo` up in the namespace of `netlink`. */
int link_loopback_up(struct nl_sock *netlink, struct err *err);

/* True if an interface of that index is in the namespace of `netlink`. */
bool link_exists(struct nl_sock *netlink, int ifindex);

/* Deletes it, and so its peer; a link already gone is no error. */
int link_delete(struct nl_sock *netlink, int ifindex, struct err *err);

#endif
