/*
 * Shared by the fuzz targets: the entry point of libFuzzer, which each target defines, and must(),
 * which aborts when a condition does not hold.
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

/* Tries one input; always returns 0. libFuzzer requires this name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool held)
{
	if (!held)
		abort();
}

/* --- descriptors --- */

#define FUZZ_FDS_MAX 4

/*
 * Returns the lowest free descriptor from 3 on. The value stays the same as long as no descriptor
 * leaks or is closed by mistake.
 */
static inline int fuzz_next_fd(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 3);

	close(fd);
	return fd;
}

/* Sends a datagram with `count` copies of descriptor 0, at most FUZZ_FDS_MAX. */
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
