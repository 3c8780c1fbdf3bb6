#include "sandbox/link.h"

#include "base/cleanup.h"
#include "sandbox/route.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX_BITS 31
#define LOOPBACK_INDEX 1 /* index of `lo`, the first interface of every network namespace */

/* Returns the kernel's errno for an error number of libnl. */
static int nl_errno(int nl_error)
{
	switch (-nl_error) {
	case NLE_EXIST:
		return -EEXIST;
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return -ENODEV;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_NOADDR:
		return -EADDRNOTAVAIL;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static int fail(struct err *err, int nl_error, const char *what)
{
	return err_text(err, nl_errno(nl_error), "%s: %s", what, nl_geterror(nl_error));
}

struct nl_sock *link_open(int pidfd, int home_ns, struct err *err)
{
	struct nl_sock *netlink = nl_socket_alloc();
	int r, cause;

	if (!netlink) {
		err_errno(err, -ENOMEM, "allocate a netlink socket");
		return NULL;
	}
	if (pidfd >= 0 && setns(pidfd, CLONE_NEWNET) < 0) {
		err_errno(err, -errno, "enter the network namespace");
		nl_socket_free(netlink);
		return NULL;
	}
	errno = 0;
	r = nl_connect(netlink, NETLINK_ROUTE);
	cause = errno;
	if (pidfd >= 0 && setns(home_ns, CLONE_NEWNET) < 0) {
		/*
		 * Abort if the launcher cannot leave a node's network namespace: all its later
		 * network operations would happen in the wrong namespace.
		 */
		perror("bonsai launcher: leave a node's network namespace");
		abort();
	}
	if (r < 0) {
		/* libnl has no error number for a lack of descriptors: report errno instead. */
		if (cause)
			err_errno(err, -cause, "open a netlink socket");
		else
			fail(err, r, "open a netlink socket");
		nl_socket_free(netlink);
		return NULL;
	}
	return netlink;
}

void link_close(struct nl_sock *netlink)
{
	if (netlink)
		nl_socket_free(netlink);
}

/*
 * Returns the hardware address of the link's end that has the IPv4 address `addr`. It is derived
 * from `addr`, so the launcher can enter it at the other end.
 */
static struct nl_addr *hardware_address(struct in_addr addr)
{
	unsigned char bytes[ETH_ALEN] = {0x02, 0x42}; /* locally administered */

	memcpy(bytes + 2, &addr, sizeof(addr));
	return nl_addr_build(AF_LLC, bytes, sizeof(bytes));
}

static void set_hardware_address(struct rtnl_link *link, struct in_addr addr)
{
	struct nl_addr *hardware = hardware_address(addr);

	/*
	 * If memory has run out, the kernel picks a hardware address, and set_neighbour reports the
	 * failure.
	 */
	if (hardware)
		rtnl_link_set_addr(link, hardware);
	nl_addr_put(hardware);
}

/*
 * Adds a permanent entry for the other end to the neighbor table, so that ARP need not learn the
 * other end's hardware address. The kernel counts learned entries over all namespaces of the host,
 * and learns no more at 1,024 (an edge needs two). Permanent entries do not count.
 */
static void set_neighbour(struct route_batch *batch, int ifindex, struct in_addr other)
{
	struct rtnl_neigh *entry = rtnl_neigh_alloc();
	struct nl_addr *addr = nl_addr_build(AF_INET, &other, sizeof(other));
	struct nl_addr *hardware = hardware_address(other);
	struct nl_msg *message = NULL;
	int r = -NLE_NOMEM;

	if (entry && addr && hardware) {
		rtnl_neigh_set_ifindex(entry, ifindex);
		rtnl_neigh_set_dst(entry, addr);
		rtnl_neigh_set_lladdr(entry, hardware);
		rtnl_neigh_set_state(entry, NUD_PERMANENT);
		r = rtnl_neigh_build_add_request(entry, NLM_F_CREATE | NLM_F_REPLACE, &message);
	}
	nl_addr_put(hardware);
	nl_addr_put(addr);
	if (entry)
		rtnl_neigh_put(entry);
	route_add(batch, "set the neighbour of an end of the link", r, message);
}

static void describe_end(struct rtnl_link *link, const char *name, const struct link_end *end)
{
	rtnl_link_set_name(link, name);
	rtnl_link_set_ifindex(link, end->ifindex);
	set_hardware_address(link, end->addr);
	/*
	 * One queue is enough. By default the kernel makes one queue per processor, each with files
	 * in sysfs.
	 */
	rtnl_link_set_num_tx_queues(link, 1);
	rtnl_link_set_num_rx_queues(link, 1);
}

/*
 * Adds a message that creates the veth pair. The message is sent on the child's netlink socket, so
 * the kernel makes the child's end in the child's namespace. Only the parent's end must name its
 * namespace.
 */
static void create_pair(struct route_batch *batch, uint32_t id, const struct link_end *parent,
			const struct link_end *child)
{
	struct rtnl_link *up = rtnl_link_veth_alloc(), *down = NULL;
	struct nl_msg *message = NULL;
	char name[IFNAMSIZ];
	int r = -NLE_NOMEM;

	if (up) {
		down = rtnl_link_veth_get_peer(up);
		snprintf(name, sizeof(name), "c%u", id);
		describe_end(up, "up", child);
		describe_end(down, name, parent);
		rtnl_link_set_ns_pid(down, parent->pid);
		r = rtnl_link_build_add_request(up, NLM_F_CREATE | NLM_F_EXCL, &message);
		rtnl_link_put(down);
		rtnl_link_put(up);
	}
	route_add(batch, "create the veth pair", r, message);
}

/* Adds a message that changes interface `ifindex` by the settings of `change`; frees `change`. */
static void change_link(struct route_batch *batch, const char *what, int ifindex,
			struct rtnl_link *change)
{
	struct rtnl_link *which = rtnl_link_alloc();
	struct nl_msg *message = NULL;
	int r = -NLE_NOMEM;

	if (which && change) {
		rtnl_link_set_ifindex(which, ifindex);
		r = rtnl_link_build_change_request(which, change, 0, &message);
	}
	rtnl_link_put(which);
	rtnl_link_put(change);
	route_add(batch, what, r, message);
}

/* True if the kernel has IPv6. A kernel without IPv6 refuses messages with IPv6 settings. */
static bool have_ipv6(void)
{
	static int have = -1;

	if (have < 0)
		have = access("/proc/net/if_inet6", F_OK) == 0;
	return have;
}

/*
 * Sets how the end `ifindex` of a link behaves. The end does not forward packets. This must be set:
 * a new namespace copies its IPv4 settings from the host's first namespace, which may forward. The
 * end answers ARP for its own address only. Otherwise a program could reach the ends that its
 * parent keeps for siblings, and send there as a sibling: with a socket bound to a device the
 * program needs no route. The end has no IPv6 link-local address: the tree does not use IPv6. The
 * settings are sent by netlink, not written to /proc/sys/net: a look-up there passes the entries of
 * every other namespace.
 */
static void settle(struct route_batch *batch, int ifindex)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change) {
		rtnl_link_inet_set_conf(change, IPV4_DEVCONF_FORWARDING, 0);
		rtnl_link_inet_set_conf(change, IPV4_DEVCONF_ARP_IGNORE, 1);
		if (have_ipv6())
			rtnl_link_inet6_set_addr_gen_mode(change, IN6_ADDR_GEN_MODE_NONE);
	}
	change_link(batch, "settle an end of the link", ifindex, change);
}

static void set_up(struct route_batch *batch, const char *what, int ifindex)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change)
		rtnl_link_set_flags(change, IFF_UP);
	change_link(batch, what, ifindex, change);
}

static void set_address(struct route_batch *batch, int ifindex, struct in_addr addr)
{
	struct rtnl_addr *entry = rtnl_addr_alloc();
	struct nl_addr *local = nl_addr_build(AF_INET, &addr, sizeof(addr));
	struct nl_msg *message = NULL;
	int r = -NLE_NOMEM;

	if (entry && local) {
		nl_addr_set_prefixlen(local, PREFIX_BITS);
		rtnl_addr_set_ifindex(entry, ifindex);
		rtnl_addr_set_local(entry, local);
		r = rtnl_addr_build_add_request(entry, 0, &message);
	}
	nl_addr_put(local);
	rtnl_addr_put(entry);
	route_add(batch, "give an end of the link its address", r, message);
}

/*
 * Configures one end of a link. The end is set up by a message of its own: the kernel refuses to
 * create a pair that is already up (ENOTCONN).
 */
static void ready_end(struct route_batch *batch, const struct link_end *end,
		      const struct link_end *other)
{
	settle(batch, end->ifindex);
	set_address(batch, end->ifindex, end->addr);
	set_up(batch, "set up an end of the link", end->ifindex);
	set_neighbour(batch, end->ifindex, other->addr);
}

/*
 * Lets the child's end send at once. The child's end gets its carrier when the parent's end is set
 * up, but a kernel thread enables sending some time later. Until then packets are lost, and TCP
 * retries after a second. A request for the state of an end makes the kernel enable sending at once
 * (Linux 6.8).
 */
static void let_send(struct route_batch *batch, int ifindex)
{
	struct nl_msg *message = NULL;
	int r = rtnl_link_build_get_request(ifindex, NULL, &message);

	route_add(batch, "look at an end of the link", r, message);
}

static int send_batch(struct route_batch *batch, struct err *err)
{
	const char *what;
	int r = route_send(batch, &what);

	return r < 0 ? fail(err, r, what) : 0;
}

int link_create(uint32_t id, const struct link_end *parent, const struct link_end *child,
		struct err *err)
{
	struct route_batch batch;
	int r;

	route_begin(&batch, child->netlink);
	set_up(&batch, "set up the loopback", LOOPBACK_INDEX);
	create_pair(&batch, id, parent, child);
	ready_end(&batch, child, parent);
	r = send_batch(&batch, err);
	if (r < 0)
		return r;
	route_begin(&batch, parent->netlink);
	ready_end(&batch, parent, child);
	r = send_batch(&batch, err);
	if (r < 0)
		return r;
	route_begin(&batch, child->netlink);
	let_send(&batch, child->ifindex);
	return send_batch(&batch, err);
}

int link_loopback_up(struct nl_sock *netlink, struct err *err)
{
	struct route_batch batch;

	route_begin(&batch, netlink);
	set_up(&batch, "set up the loopback", LOOPBACK_INDEX);
	return send_batch(&batch, err);
}

bool link_exists(struct nl_sock *netlink, int ifindex)
{
	struct rtnl_link *found = NULL;
	int r = rtnl_link_get_kernel(netlink, ifindex, NULL, &found);

	if (r == 0)
		rtnl_link_put(found);
	return r == 0;
}

int link_delete(struct nl_sock *netlink, int ifindex, struct err *err)
{
	struct rtnl_link *which = rtnl_link_alloc();
	int r = -NLE_NOMEM;

	if (which) {
		rtnl_link_set_ifindex(which, ifindex);
		r = rtnl_link_delete(netlink, which);
		rtnl_link_put(which);
	}
	if (r < 0 && nl_errno(r) != -ENODEV)
		return fail(err, r, "delete the link");
	return 0;
}
