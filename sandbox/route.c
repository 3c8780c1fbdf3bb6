#include "sandbox/route.h"

#include "base/cleanup.h"

#include <errno.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_BYTES 4096 /* enough for an error message, which quotes its request */

void route_begin(struct route_batch *batch, struct nl_sock *netlink)
{
	batch->netlink = netlink;
	batch->len = batch->last = 0;
	batch->count = 0;
	batch->error = 0;
}

void route_add(struct route_batch *batch, const char *what, int built, struct nl_msg *message)
{
	struct nlmsghdr *header = built < 0 ? NULL : nlmsg_hdr(message);
	size_t room = header ? NLMSG_ALIGN(header->nlmsg_len) : 0;

	if (batch->error < 0)
		built = batch->error;
	else if (built == 0 &&
		 (batch->count == ROUTE_BATCH_MAX || room > sizeof(batch->data) - batch->len))
		built = -NLE_MSGSIZE;
	if (built == 0) {
		header->nlmsg_seq = batch->count;
		header->nlmsg_flags |= NLM_F_REQUEST;
		memcpy(batch->data + batch->len, header, header->nlmsg_len);
		batch->last = batch->len;
		batch->len += room;
		batch->what[batch->count++] = what;
	} else if (batch->error == 0) {
		batch->error = built;
		batch->what[0] = what;
	}
	if (header)
		nlmsg_free(message);
}

/*
 * Reads one datagram of replies. True if it contained the reply to the last message of the batch.
 */
static bool take_answer(const struct route_batch *batch, struct nlmsghdr *header, ssize_t len,
			int *error, const char **what)
{
	for (; NLMSG_OK(header, (size_t)len); header = NLMSG_NEXT(header, len)) {
		const struct nlmsgerr *verdict = NLMSG_DATA(header);

		if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_seq >= batch->count)
			continue;
		if (verdict->error && !*error) {
			*error = -nl_syserr2nlerr(verdict->error);
			*what = batch->what[header->nlmsg_seq];
		}
		if (header->nlmsg_seq == batch->count - 1)
			return true;
	}
	return false;
}

int route_send(struct route_batch *batch, const char **what)
{
	int fd = nl_socket_get_fd(batch->netlink), error = 0;
	struct nlmsghdr *last = (void *)(batch->data + batch->last);
	_Alignas(NLMSG_ALIGNTO) unsigned char answer[ANSWER_BYTES];

	*what = batch->what[0];
	if (batch->error < 0 || batch->count == 0)
		return batch->error;
	last->nlmsg_flags |= NLM_F_ACK;
	if (send(fd, batch->data, batch->len, 0) < 0)
		return -nl_syserr2nlerr(errno);
	for (;;) {
		ssize_t len = recv(fd, answer, sizeof(answer), 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -nl_syserr2nlerr(errno);
		if (take_answer(batch, (struct nlmsghdr *)answer, len, &error, what))
			return error;
	}
}
