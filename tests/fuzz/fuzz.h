/*
 * What the fuzzers' targets share: the entry that each has, and the way it says that something does
 * not hold.
 */
#ifndef BONSAI_TESTS_FUZZ_H
#define BONSAI_TESTS_FUZZ_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Tries one input; always 0. Of the name that libFuzzer wants. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool held)
{
	if (!held)
		abort();
}

/* --- descriptors --- */

#define FUZZ_FDS_MAX 4

/* The descriptor that the next open() will be: the same as before, if none was lost or closed. */
static inline int fuzz_next_fd(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 3);

	close(fd);
	return fd;
}

/* Sends a datagram, with descriptor 0 `count` times, FUZZ_FDS_MAX at most. */
static inline void fuzz_send(int socket, const void *data, size_t size, int count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(FUZZ_FDS_MAX * sizeof(int))];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)data, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count) {
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memset(CMSG_DATA(&control.header), 0, count * sizeof(int));
	}
	must(sendmsg(socket, &msg, MSG_NOSIGNAL) == (ssize_t)size);
}

#endif
