#include "tests/bench/rtnl.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void rtnl_init(struct rtnl_batch *batch)
{
	batch->len = 0;
	batch->last = 0;
}

/*
 * Reserves `len` zeroed octets at the end of the batch, aligned. Does not check the room: all
 * batches of the benchmark programs fit.
 */
static void *reserve(struct rtnl_batch *batch, size_t len)
{
	void *at = batch->data + batch->len;

	memset(at, 0, NLMSG_ALIGN(len));
	batch->len += NLMSG_ALIGN(len);
	return at;
}

static void message(struct rtnl_batch *batch, uint16_t type, uint16_t flags, const void *body,
		    size_t len)
{
	struct nlmsghdr *header;

	batch->last = batch->len;
	header = reserve(batch, NLMSG_HDRLEN);
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(reserve(batch, len), body, len);
	header->nlmsg_len = (uint32_t)(batch->len - batch->last);
}

static void close_message(struct rtnl_batch *batch)
{
	struct nlmsghdr *header = (void *)(batch->data + batch->last);

	header->nlmsg_len = (uint32_t)(batch->len - batch->last);
}

static size_t attribute(struct rtnl_batch *batch, uint16_t type, const void *data, size_t len)
{
	size_t at = batch->len;
	struct rtattr *attr = reserve(batch, RTA_LENGTH(len));

	attr->rta_type = type;
	attr->rta_len = (uint16_t)RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	return at;
}

static void close_nest(struct rtnl_batch *batch, size_t at)
{
	struct rtattr *attr = (void *)(batch->data + at);

	attr->rta_len = (uint16_t)(batch->len - at);
}

/*
 * Adds the name of one end and limits the end to one queue per direction. By default the kernel
 * allocates one queue per processor for each end.
 */
static void end_attributes(struct rtnl_batch *batch, const struct rtnl_end *end)
{
	uint32_t one = 1;

	attribute(batch, IFLA_IFNAME, end->name, strlen(end->name) + 1);
	attribute(batch, IFLA_NUM_TX_QUEUES, &one, sizeof(one));
	attribute(batch, IFLA_NUM_RX_QUEUES, &one, sizeof(one));
}

void rtnl_veth(struct rtnl_batch *batch, const struct rtnl_end *here, const struct rtnl_end *there,
	       pid_t there_pid)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = here->index};
	struct ifinfomsg peer_info = {.ifi_family = AF_UNSPEC, .ifi_index = there->index};
	uint32_t pid = (uint32_t)there_pid;
	size_t link, data, peer;

	message(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	end_attributes(batch, here);
	link = attribute(batch, IFLA_LINKINFO, NULL, 0);
	attribute(batch, IFLA_INFO_KIND, "veth", strlen("veth"));
	data = attribute(batch, IFLA_INFO_DATA, NULL, 0);
	peer = attribute(batch, VETH_INFO_PEER, NULL, 0);
	memcpy(reserve(batch, sizeof(peer_info)), &peer_info, sizeof(peer_info));
	end_attributes(batch, there);
	attribute(batch, IFLA_NET_NS_PID, &pid, sizeof(pid));
	close_nest(batch, peer);
	close_nest(batch, data);
	close_nest(batch, link);
	close_message(batch);
}

void rtnl_address(struct rtnl_batch *batch, int index, uint32_t address)
{
	struct ifaddrmsg info = {
	    .ifa_family = AF_INET, .ifa_prefixlen = 31, .ifa_index = (uint32_t)index};
	uint32_t wire = htonl(address);

	message(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	attribute(batch, IFA_LOCAL, &wire, sizeof(wire));
	attribute(batch, IFA_ADDRESS, &wire, sizeof(wire));
	close_message(batch);
}

void rtnl_up(struct rtnl_batch *batch, int index)
{
	struct ifinfomsg info = {
	    .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};

	message(batch, RTM_NEWLINK, 0, &info, sizeof(info));
}

/*
 * Only the last message requests an acknowledgement. If an earlier message fails, the kernel
 * reports its error without a request, before that acknowledgement.
 */
int rtnl_send(int fd, struct rtnl_batch *batch)
{
	struct nlmsghdr *last = (void *)(batch->data + batch->last);
	_Alignas(4) char answer[4096];
	int first = 0;

	last->nlmsg_flags |= NLM_F_ACK;
	last->nlmsg_seq = 1;
	if (send(fd, batch->data, batch->len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t len = recv(fd, answer, sizeof(answer), 0);
		struct nlmsghdr *header = (void *)answer;

		if (len < 0)
			return -errno;
		for (; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len)) {
			struct nlmsgerr *verdict = NLMSG_DATA(header);

			if (header->nlmsg_type != NLMSG_ERROR)
				continue;
			if (!first)
				first = verdict->error;
			if (header->nlmsg_seq == 1)
				return first;
		}
	}
}

int rtnl_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

int rtnl_open_in(int pidfd, int home_ns)
{
	int fd;

	if (setns(pidfd, CLONE_NEWNET))
		return -errno;
	fd = rtnl_open();
	if (setns(home_ns, CLONE_NEWNET)) {
		int code = -errno;

		if (fd >= 0)
			close(fd);
		return code;
	}
	return fd;
}

int rtnl_exists(int fd, int index)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = index};
	struct rtnl_batch batch;

	rtnl_init(&batch);
	message(&batch, RTM_GETLINK, 0, &info, sizeof(info));
	return rtnl_send(fd, &batch) != -ENODEV;
}
