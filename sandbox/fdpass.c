#include "sandbox/fdpass.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int fdpass_send(int socket, const void *data, size_t size, int fd)
{
	struct iovec iov = {.iov_base = (void *)data, .iov_len = size};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	while (sendmsg(socket, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/*
 * Keeps the first descriptor and closes the others. The buffer has room for more than one
 * descriptor, and the receiver does not rely on the sender to send only one.
 */
static void take_fds(const struct cmsghdr *c, int *fd)
{
	size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int other;

	for (size_t i = 0; i < count; i++) {
		memcpy(&other, CMSG_DATA(c) + i * sizeof(other), sizeof(other));
		if (*fd < 0)
			*fd = other;
		else
			close(other);
	}
}

static void take(struct msghdr *msg, int *fd, pid_t *sender)
{
	struct ucred who;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS)
			take_fds(c, fd);
		if (c->cmsg_type == SCM_CREDENTIALS && sender) {
			memcpy(&who, CMSG_DATA(c), sizeof(who));
			*sender = who.pid;
		}
	}
}

ssize_t fdpass_receive(int socket, void *data, size_t size, int *fd, pid_t *sender, int flags)
{
	struct iovec iov = {.iov_base = data, .iov_len = size};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} control = {0};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.space,
			     .msg_controllen = sizeof(control.space)};
	ssize_t n;

	*fd = -1;
	if (sender)
		*sender = 0;
	do
		n = recvmsg(socket, &msg, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	/*
	 * ECONNRESET: the peer closed its socket and left messages from this process unread. The
	 * kernel reports the error once, before it delivers the messages that the peer sent. So
	 * read on.
	 */
	if (n < 0 && errno == ECONNRESET)
		n = recvmsg(socket, &msg, flags | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	take(&msg, fd, sender);
	if (n > 0)
		return n;
	/* n is 0: end of file, or an empty message, which may still carry a descriptor. */
	cleanup_close(fd);
	*fd = -1;
	return -EPIPE;
}
