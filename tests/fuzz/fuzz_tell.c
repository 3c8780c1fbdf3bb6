/*
 * Fuzzes what the controller hears from the launcher: datagrams of any size and content, with
 * descriptors or without. Whatever comes, an event has its texts ended, and no descriptor is lost.
 * The first octet of an input says how many descriptors go along.
 */
#include "sandbox/proto.h"
#include "sandbox/sandbox.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

static int ends[2] = {-1, -1};

static void send_input(const uint8_t *data, size_t size, int count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)data, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[4] = {0, 0, 0, 0};

	if (count) {
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	must(sendmsg(ends[0], &msg, MSG_NOSIGNAL) == (ssize_t)size);
}

static int next_free(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 3);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct launcher launcher = {0};
	struct sandbox_event event;
	struct tell tell = {0};
	int first_free;

	if (ends[0] < 0)
		must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	if (size < 2)
		return 0;
	first_free = next_free();
	launcher.fd = ends[1];
	/* As it is, and cut or filled up to the size that a tell has. */
	send_input(data + 1, size - 1, data[0] % 5);
	memcpy(&tell, data + 1, size - 1 < sizeof(tell) ? size - 1 : sizeof(tell));
	if (data[0] & 0x80)
		tell.magic = PROTO_MAGIC;
	send_input((const uint8_t *)&tell, sizeof(tell), data[0] % 5);
	for (int r = 1, i = 0; i < 2; i++) {
		r = launcher_next(&launcher, &event, NULL);
		if (r <= 0)
			continue;
		must(memchr(event.err.text, '\0', sizeof(event.err.text)));
		if (event.fd >= 0)
			close(event.fd);
	}
	must(next_free() == first_free);
	return 0;
}
