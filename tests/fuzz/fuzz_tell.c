/*
 * Fuzzes what the controller reads from the launcher: datagrams of any size and content, with or
 * without descriptors. For any input, the text of an event is terminated, and no descriptor leaks.
 * The first octet of an input selects the number of descriptors. If its bit 0x80 is set, the second
 * datagram gets a valid magic.
 */
#include "tests/fuzz/fuzz.h"

#include "sandbox/proto.h"
#include "sandbox/sandbox.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

static int ends[2] = {-1, -1};

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
	first_free = fuzz_next_fd();
	launcher.fd = ends[1];
	/*
	 * Send the input as two datagrams: first unchanged, then cut or padded to the size of a
	 * `struct tell`.
	 */
	fuzz_send(ends[0], data + 1, size - 1, data[0] % (FUZZ_FDS_MAX + 1));
	memcpy(&tell, data + 1, size - 1 < sizeof(tell) ? size - 1 : sizeof(tell));
	if (data[0] & 0x80)
		tell.magic = PROTO_MAGIC;
	fuzz_send(ends[0], (const uint8_t *)&tell, sizeof(tell), data[0] % (FUZZ_FDS_MAX + 1));
	for (int r = 1, i = 0; i < 2; i++) {
		r = launcher_next(&launcher, &event, NULL);
		if (r <= 0)
			continue;
		must(memchr(event.err.text, '\0', sizeof(event.err.text)));
		if (event.fd >= 0)
			close(event.fd);
	}
	must(fuzz_next_fd() == first_free);
	return 0;
}
