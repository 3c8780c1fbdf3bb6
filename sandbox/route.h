/*
 * A batch of messages to one rtnetlink socket. The kernel handles the messages in order before it
 * replies. Only the last message requests an acknowledgment, so many changes cost one send and one
 * receive. After a failure the kernel still handles the later messages; the first failure is
 * reported.
 */
#ifndef BONSAI_SANDBOX_ROUTE_H
#define BONSAI_SANDBOX_ROUTE_H

#include <netlink/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTE_BATCH_BYTES 2048 /* the longest batch (make a pair, configure one end) takes 600 */
#define ROUTE_BATCH_MAX 8

struct route_batch {
	struct nl_sock *netlink; /* borrowed */
	size_t len, last; /* bytes used in `data`, and the offset there of the last message */
	unsigned count;
	int error;			   /* negative error of libnl from building a message */
	const char *what[ROUTE_BATCH_MAX]; /* what each message does, for an error's text */
	_Alignas(NLMSG_ALIGNTO) unsigned char data[ROUTE_BATCH_BYTES];
};

void route_begin(struct route_batch *batch, struct nl_sock *netlink);

/*
 * Appends a message that libnl has built, and frees the message. `built`: the return value of the
 * libnl function that built it. The batch keeps the pointer `what` and does not copy the text.
 */
void route_add(struct route_batch *batch, const char *what, int built, struct nl_msg *message);

/*
 * Sends the batch and waits for the reply. Returns 0, or libnl's error of the first message that
 * failed; *what is then the text of that message.
 */
int route_send(struct route_batch *batch, const char **what);

#endif
