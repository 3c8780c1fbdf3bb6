/*
 * Messages to one rtnetlink socket, sent in one go: the kernel acts on each in its
 * order before it answers, and only the last is asked to be acknowledged, so that many
 * changes cost one call to send and one to receive. A failure does not keep the kernel from the
 * messages after it; the first one is what counts.
 */
#ifndef BONSAI_SANDBOX_ROUTE_H
#define BONSAI_SANDBOX_ROUTE_H

#include <netlink/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTE_BATCH_BYTES 2048 /* the longest, a pair and all of an end, takes 600 */
#define ROUTE_BATCH_MAX 8

struct route_batch {
	struct nl_sock *netlink; /* borrowed */
	size_t len, last;	 /* octets, and where the last message begins */
	unsigned count;
	int error;			   /* of building; negative, libnl's */
	const char *what[ROUTE_BATCH_MAX]; /* each does, for an error's text */
	_Alignas(NLMSG_ALIGNTO) unsigned char data[ROUTE_BATCH_BYTES];
};

void route_begin(struct route_batch *batch, struct nl_sock *netlink);

/*
 * Appends a message that libnl has built (`built` is what that returned) and frees it;
 * `what` is kept, not copied.
 */
void route_add(struct route_batch *batch, const char *what, int built, struct nl_msg *message);

/*
 * Sends all and waits for the answer. 0, or libnl's error of the first that failed, with what that
 * does in *what.
 */
int route_send(struct route_batch *batch, const char **what);

#endif
