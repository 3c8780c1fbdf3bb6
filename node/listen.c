#include "node/listen.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#define BIND_TRIES 500 /* tries to bind, one per millisecond */
#define TELL_AT 16     /* dropped segments for a first report: a mistake or port scan sends fewer */

/*
 * Room for pending connections. An edge has one peer; the other places are for new connections of
 * that peer that replace old ones.
 */
#define BACKLOG 4
/*
 * Room for pending connections if the endpoint has a gate. A stopped agent accepts no connections,
 * while its peer connects again every ZMQ_HANDSHAKE_IVL. If the queue were full, the kernel would
 * count the peer's segments as dropped, so the queue has room for hours. Only agents can fill it.
 */
#define GATE_BACKLOG 4096

static bool parse(const char *endpoint, struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN] = "";
	const char *colon = strrchr(endpoint, ':');
	unsigned long port;
	char *end;

	if (strncmp(endpoint, "tcp://", 6) != 0 || colon < endpoint + 6 ||
	    (size_t)(colon - endpoint - 6) >= sizeof(host) || colon[1] < '1' || colon[1] > '9')
		return false;
	memcpy(host, endpoint + 6, colon - endpoint - 6);
	port = strtoul(colon + 1, &end, 10);
	if (*end || port > UINT16_MAX)
		return false;
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

/*
 * Makes the kernel drop all segments to the socket `fd`, except those from port AGENT_PORT that
 * arrive at the interface `ifindex`. The interface need not exist yet. Binding the socket to the
 * interface is not enough, so the filter checks the interface as well. The reason is segments from
 * this node to its own address: for the kernel's socket lookup they arrive at the interface that
 * has that address, not at the loopback.
 */
static int close_gate(int fd, int ifindex)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)ifindex, 0, 3),
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), /* the source port, first in a TCP header */
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AGENT_PORT, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {ARRAY_SIZE(filter), filter};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)) < 0)
		return -errno;
	return 0;
}

/*
 * Returns a listening descriptor or a negative errno. Fills `gate` if the port is AGENT_PORT, else
 * leaves `gate` unchanged.
 */
static int open_listener(const struct sockaddr_in *address, struct gate *gate)
{
	bool gated = address->sin_port == htons(AGENT_PORT);
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, rc;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)) < 0)
		return -errno;
	rc = gated ? close_gate(fd, address_ifindex(address->sin_addr)) : 0;
	if (rc < 0)
		return rc;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ||
	    listen(fd, gated ? GATE_BACKLOG : BACKLOG) < 0)
		return -errno;
	if (gated) {
		int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

		if (copy < 0)
			return -errno;
		*gate = (struct gate){.fd = copy, .tell_at = TELL_AT};
	}
	return steal_fd(&fd);
}

static int bind_once(void *socket, const char *endpoint, struct gate *gate)
{
	struct sockaddr_in address;
	int rc;

	if (parse(endpoint, &address)) {
		autoclose int fd = open_listener(&address, gate);

		if (fd < 0)
			return fd;
		if (zmq_setsockopt(socket, ZMQ_USE_FD, &fd, sizeof(fd)) < 0) {
			rc = -errno;
			gate_release(gate);
			return rc;
		}
		/* zmq_bind takes ownership of the descriptor, so do not close it here. */
		steal_fd(&fd);
	}
	if (zmq_bind(socket, endpoint) == 0)
		return 0;
	rc = -errno;
	gate_release(gate);
	return rc;
}

int listen_bind(void *socket, const char *endpoint, struct gate *gate)
{
	const struct timespec pause = {.tv_nsec = NS_PER_MS};
	struct gate made = GATE_INIT;
	int rc = -EADDRINUSE;

	for (int i = 0; i < BIND_TRIES && rc == -EADDRINUSE; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		rc = bind_once(socket, endpoint, &made);
	}
	if (rc == 0)
		*gate = made;
	return rc;
}

void gate_count(struct gate *gate, uint64_t *total)
{
	uint32_t info[SK_MEMINFO_VARS], fresh;
	socklen_t len = sizeof(info);

	if (gate->fd < 0 || getsockopt(gate->fd, SOL_SOCKET, SO_MEMINFO, info, &len) < 0 ||
	    len < sizeof(info))
		return;
	fresh = info[SK_MEMINFO_DROPS] - gate->seen;
	gate->seen += fresh;
	gate->dropped += fresh;
	*total += fresh;
}

bool gate_is_due(struct gate *gate)
{
	if (gate->fd < 0 || gate->dropped < gate->tell_at)
		return false;
	gate->tell_at = 2 * gate->dropped;
	return true;
}

void gate_release(struct gate *gate)
{
	cleanup_close(&gate->fd);
	*gate = (struct gate)GATE_INIT;
}
