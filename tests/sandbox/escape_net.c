/* Ways out by sockets and links. test_fabric.c tests which nodes a node can reach. */
#include "tests/sandbox/escape.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * If the kernel does not have an address family or socket type, the attempt counts as refused: the
 * caller gets no socket.
 */
static int no_socket(int family, int type, int protocol, const char *what)
{
	autoclose int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	return fd < 0 ? ESCAPE_HELD : escape_say(ESCAPE_ESCAPED, "%s: a socket", what);
}

static int raw_socket(void)
{
	return no_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP, "raw") |
	       no_socket(AF_INET, SOCK_RAW, IPPROTO_RAW, "raw IP") |
	       no_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, "raw IPv6");
}

static int packet_socket(void)
{
	return no_socket(AF_PACKET, SOCK_RAW, htons(3), "packet") |
	       no_socket(AF_PACKET, SOCK_DGRAM, htons(3), "packet");
}

static int alg_socket(void)
{
	return no_socket(AF_ALG, SOCK_SEQPACKET, 0, "AF_ALG");
}

/*
 * An AF_VSOCK socket must be refused: it leads to the hypervisor, whatever the network namespace.
 */
static int vsock_socket(void)
{
	return no_socket(AF_VSOCK, SOCK_STREAM, 0, "AF_VSOCK");
}

static int odd_sockets(void)
{
	int verdict = ESCAPE_HELD;

	for (int family = 1; family < AF_MAX && verdict == ESCAPE_HELD; family++) {
		char what[32];

		if (family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
		    family == AF_NETLINK)
			continue;
		snprintf(what, sizeof(what), "family %d", family);
		for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++)
			verdict |= no_socket(family, type, 0, what);
	}
	return verdict;
}

static int odd_netlink(void)
{
	int verdict = ESCAPE_HELD;

	for (int protocol = NETLINK_ROUTE + 1; protocol < MAX_LINKS; protocol++)
		if (protocol != NETLINK_SOCK_DIAG)
			verdict |= no_socket(AF_NETLINK, SOCK_RAW, protocol, "netlink");
	return verdict;
}

/* Sends one rtnetlink request to the kernel and judges the reply. */
static int route_request(uint16_t type, uint16_t flags, const void *body, size_t len)
{
	autoclose int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr head;
		char body[64];
	} request = {
	    .head = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags}};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr verdict;
		char rest[256];
	} answer;

	if (fd < 0)
		return ESCAPE_HELD;
	memcpy(request.body, body, len);
	request.head.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	if (send(fd, &request, request.head.nlmsg_len, 0) < 0)
		return escape_refused(-1, "netlink");
	if (recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.head) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return escape_say(ESCAPE_UNTRIED, "netlink: no answer");
	errno = -answer.verdict.error;
	return escape_refused(answer.verdict.error ? -1 : 0, "netlink");
}

static int link_down(void)
{
	struct ifinfomsg info = {.ifi_index = 1, .ifi_change = IFF_UP};

	return route_request(RTM_NEWLINK, 0, &info, sizeof(info));
}

static int route_add(void)
{
	struct rtmsg info = {.rtm_family = AF_INET,
			     .rtm_table = RT_TABLE_MAIN,
			     .rtm_protocol = RTPROT_STATIC,
			     .rtm_scope = RT_SCOPE_UNIVERSE,
			     .rtm_type = RTN_UNICAST};

	return route_request(RTM_NEWROUTE, NLM_F_CREATE, &info, sizeof(info));
}

/* Changes a link by ioctl(2), the older interface. */
static int link_ioctl(void)
{
	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo"};

	if (fd < 0)
		return ESCAPE_HELD;
	return escape_refused(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
}

/*
 * Abstract sockets belong to a network namespace. If the sandbox shared the host's namespace,
 * /proc/net/unix would list the host's abstract sockets.
 */
static int abstract_sockets(void)
{
	char line[512];
	FILE *list = fopen("/proc/net/unix", "re");
	int verdict = ESCAPE_HELD;

	while (list && fgets(line, sizeof(line), list))
		if (strchr(line, '@'))
			verdict = escape_say(ESCAPE_ESCAPED, "an abstract socket: %s", line);
	if (list)
		fclose(list);
	return verdict;
}

/* A node has the links lo, up, and c<ID> for each child; any other link is not the node's. */
static int host_links(void)
{
	struct if_nameindex *list = if_nameindex();
	int verdict = ESCAPE_HELD;

	for (struct if_nameindex *at = list; at && at->if_index; at++)
		if (strcmp(at->if_name, "lo") != 0 && strcmp(at->if_name, "up") != 0 &&
		    at->if_name[0] != 'c')
			verdict = escape_say(ESCAPE_ESCAPED, "a link named %s", at->if_name);
	if (list)
		if_freenameindex(list);
	return verdict;
}

const struct escape escape_network[] = {
    {.name = "raw-socket", .about = "class: raw socket", .attempt = raw_socket},
    {.name = "packet-socket", .about = "CVE-2020-14386", .attempt = packet_socket},
    {.name = "alg-socket", .about = "class: AF_ALG", .attempt = alg_socket},
    {.name = "vsock-socket", .about = "class: AF_VSOCK", .attempt = vsock_socket},
    {.name = "odd-sockets", .about = "CVE-2017-6074 and its kind", .attempt = odd_sockets},
    {.name = "odd-netlink", .about = "CVE-2023-32233 and its kind", .attempt = odd_netlink},
    {.name = "link-down", .about = "class: changing links", .attempt = link_down},
    {.name = "route-add", .about = "class: changing routes", .attempt = route_add},
    {.name = "link-ioctl", .about = "class: changing links", .attempt = link_ioctl},
    {.name = "abstract-sockets", .about = "CVE-2020-15257", .attempt = abstract_sockets},
    {.name = "host-links", .about = "class: the host's network", .attempt = host_links},
    {0},
};
