#include "sandbox/proto.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union fd_control {
	struct cmsghdr header;
	char space[CMSG_SPACE(TELL_FDS_MAX * sizeof(int))];
};

int tell_send(int fd, const struct tell *tell, const int *fds, int count, int flags)
{
	struct iovec iov = {.iov_base = (void *)tell, .iov_len = sizeof(*tell)};
	union fd_control control = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count > 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	while (sendmsg(fd, &msg, MSG_NOSIGNAL | flags) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void take_fds(struct msghdr *msg, int fds[TELL_FDS_MAX])
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	}
}

int tell_receive(int fd, struct tell *tell, int fds[TELL_FDS_MAX], int flags)
{
	struct tell got;
	struct iovec iov = {.iov_base = &got, .iov_len = sizeof(got)};
	union fd_control control = {0};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.space,
			     .msg_controllen = sizeof(control.space)};
	ssize_t n;

	for (int i = 0; i < TELL_FDS_MAX; i++)
		fds[i] = -1;
	do
		n = recvmsg(fd, &msg, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : errno == ECONNRESET ? -EPIPE : -errno;
	/*
	 * Take descriptors before checking the length: a message of length 0, which looks like end
	 * of file, may carry descriptors too.
	 */
	take_fds(&msg, fds);
	if (n != (ssize_t)sizeof(got) || got.magic != PROTO_MAGIC) {
		for (int i = 0; i < TELL_FDS_MAX; i++) {
			cleanup_close(&fds[i]);
			fds[i] = -1;
		}
		return n == 0 ? -EPIPE : -EPROTO;
	}
	got.err.text[sizeof(got.err.text) - 1] = '\0';
	*tell = got;
	return 1;
}
