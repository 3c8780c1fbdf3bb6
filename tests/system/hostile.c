/*
 * A hostile node: run by `exec` in a sandbox, it speaks to the node's parent beside the agent, with
 * a DEALER of its own. It claims other nodes' ids, sends what is no message, tries to reach the
 * parent's ends of other edges, and says on standard output what it sent, so that the caller can
 * compare with what the parent counted: hostile OWN SIBLING PARENT ROUNDS      -> "reached parent N
 * others N", "foreign N malformed N"
 */
#include "base/cleanup.h"
#include "node/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#define LINGER_MS 30000 /* what was counted as sent must have arrived */
#define CONNECT_MS 300	/* an address of our own machine answers in less */
#define EDGES_TRIED 32	/* the first ones of 10/8, where a small tree has its own */
#define FRAMES_BIG 1048576
#define BAD_CONNECTIONS 50

struct hostile {
	uint32_t own, sibling, parent;
	struct ifaddrs *interfaces;
	struct in_addr up; /* the parent's end of our edge */
	void *socket;
	unsigned long foreign, malformed;
};

static void send_frames(struct hostile *hostile, const struct wire_header *header, const void *body,
			size_t len)
{
	uint8_t octets[WIRE_HEADER_BYTES];

	wire_header_pack(header, octets);
	zmq_send(hostile->socket, octets, sizeof(octets), ZMQ_SNDMORE);
	zmq_send(hostile->socket, body, len, 0);
}

/* All that travels up, in the name of each node that is not ours. */
static void claim(struct hostile *hostile)
{
	static const uint8_t types[] = {WIRE_READY, WIRE_REPLY, WIRE_ERROR, WIRE_REPORT,
					WIRE_HEARTBEAT};
	const uint32_t names[] = {hostile->sibling, hostile->parent, WIRE_CONTROLLER, 12345};
	static const char report[] = {'\x92', 1, 8};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t j = 0; j < ARRAY_SIZE(types); j++)
			for (uint64_t request = 0; request < 3; request++) {
				struct wire_header header = {.type = types[j],
							     .source = names[i],
							     .target = WIRE_CONTROLLER,
							     .request = request};

				send_frames(hostile, &header, report, sizeof(report));
				hostile->foreign++;
			}
}

/* What only a parent may say, said by a child. */
static void command(struct hostile *hostile)
{
	static const uint8_t types[] = {WIRE_REQUEST, WIRE_LINK, WIRE_DISCONNECT, WIRE_CREDIT};
	const uint32_t targets[] = {hostile->parent, hostile->sibling, WIRE_CONTROLLER};
	static const char ping[] = {'\x91', 1};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (size_t j = 0; j < ARRAY_SIZE(targets); j++) {
			struct wire_header header = {.type = types[i],
						     .source =
							 i ? hostile->sibling : WIRE_CONTROLLER,
						     .target = targets[j]};

			send_frames(hostile, &header, ping, sizeof(ping));
			hostile->malformed++;
		}
}

/* What is no message at all. */
static void babble(struct hostile *hostile)
{
	const struct wire_header good = {
	    .type = WIRE_READY, .source = hostile->own, .target = WIRE_CONTROLLER};
	static const size_t spoilt[] = {0, 1, 2, 3, 4, 6, 12};
	uint8_t octets[WIRE_HEADER_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(spoilt); i++) {
		wire_header_pack(&good, octets);
		octets[spoilt[i]] ^= 0xff;
		zmq_send(hostile->socket, octets, sizeof(octets), ZMQ_SNDMORE);
		zmq_send(hostile->socket, "\x90", 1, 0);
		hostile->malformed++;
	}
	wire_header_pack(&good, octets);
	/* One frame, three, a header cut short, none. */
	zmq_send(hostile->socket, octets, sizeof(octets), 0);
	zmq_send(hostile->socket, octets, sizeof(octets), ZMQ_SNDMORE);
	zmq_send(hostile->socket, "\x90", 1, ZMQ_SNDMORE);
	zmq_send(hostile->socket, "\x90", 1, 0);
	zmq_send(hostile->socket, octets, sizeof(octets) - 1, ZMQ_SNDMORE);
	zmq_send(hostile->socket, "\x90", 1, 0);
	zmq_send(hostile->socket, "", 0, 0);
	hostile->malformed += 4;
}

/* In our own name, so forwarded: the controller must cope. The parent counts none of it. */
static void mumble(struct hostile *hostile)
{
	static const uint8_t types[] = {WIRE_READY, WIRE_REPORT, WIRE_REPLY, WIRE_ERROR};
	static const char *const bodies[] = {"",
					     "\xc1",
					     "\x92",
					     "\xdd\xff\xff\xff\xff",
					     "\x92\x01\x08",
					     "\x92\x01\x06",
					     "\x92\x02\x08"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (size_t j = 0; j < ARRAY_SIZE(bodies); j++) {
			struct wire_header header = {.type = types[i],
						     .source = hostile->own,
						     .target = WIRE_CONTROLLER,
						     /* a number that nobody waits for */
						     .request = UINT64_MAX - j};

			send_frames(hostile, &header, bodies[j], strlen(bodies[j]));
		}
}

static int open_socket(struct hostile *hostile, void *context)
{
	char endpoint[64];
	int linger = LINGER_MS;

	snprintf(endpoint, sizeof(endpoint), "tcp://%s:%d", inet_ntoa(hostile->up), WIRE_PORT);
	hostile->socket = zmq_socket(context, ZMQ_DEALER);
	if (!hostile->socket)
		return -1;
	zmq_setsockopt(hostile->socket, ZMQ_LINGER, &linger, sizeof(linger));
	return zmq_connect(hostile->socket, endpoint);
}

/* Each frame of these closes the connection, so there's no knowing what else arrived. */
static void send_big(struct hostile *hostile, void *context)
{
	static uint8_t big[FRAMES_BIG];
	int linger = 200;

	if (open_socket(hostile, context))
		return;
	zmq_setsockopt(hostile->socket, ZMQ_LINGER, &linger, sizeof(linger));
	for (int i = 0; i < 20; i++) {
		zmq_send(hostile->socket, big, sizeof(big), 0);
		zmq_send(hostile->socket, big, WIRE_BODY_MAX_BYTES + 1, 0);
	}
	zmq_close(hostile->socket);
}

/* Connects, by way of `device` if it is one, and returns the descriptor, or -1. */
static int reach(struct in_addr to, const char *device)
{
	struct sockaddr_in addr = {
	    .sin_family = AF_INET, .sin_port = htons(WIRE_PORT), .sin_addr = to};
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t len = sizeof(error);

	if (device)
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 && errno != EINPROGRESS)
		return -1;
	if (poll(&poll_fd, 1, CONNECT_MS) != 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error)
		return -1;
	return steal_fd(&fd);
}

/* True for an address of this very node, as its ends of its children's edges are. */
static bool is_own(const struct hostile *hostile, struct in_addr addr)
{
	bool own = false;

	for (const struct ifaddrs *at = hostile->interfaces; at; at = at->ifa_next)
		if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET)
			own |= ((struct sockaddr_in *)at->ifa_addr)->sin_addr.s_addr == addr.s_addr;
	return own;
}

/* How many of the ways that are tried lead to `to`; each is told. */
static int try_ways(struct in_addr to)
{
	static const char *const devices[] = {NULL, "up"};
	int reached = 0;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		autoclose int fd = reach(to, devices[i]);

		if (fd < 0)
			continue;
		fprintf(stderr, "%s answers by %s\n", inet_ntoa(to),
			devices[i] ? devices[i] : "route");
		reached++;
	}
	return reached;
}

/* Ways that lead to the parent, and ways that lead to endpoints of others. */
static void tell_reached(const struct hostile *hostile)
{
	int others = 0;

	for (uint32_t i = 0; i < 2 * EDGES_TRIED; i++) {
		struct in_addr to = {htonl(10U << 24 | i)};

		if (to.s_addr != hostile->up.s_addr && !is_own(hostile, to))
			others += try_ways(to);
	}
	printf("reached parent %d others %d\n", try_ways(hostile->up), others);
}

/* No ZeroMQ at all; and connections that say nothing and stay. */
static void connect_badly(const struct hostile *hostile)
{
	for (int i = 0; i < BAD_CONNECTIONS; i++) {
		int fd = reach(hostile->up, NULL);

		if (fd >= 0 && i % 2)
			send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
		if (fd >= 0 && i % 4)
			close(fd);
	}
}

static int find_parent(struct hostile *hostile)
{
	int rc = -1;

	if (getifaddrs(&hostile->interfaces))
		return -1;
	for (const struct ifaddrs *at = hostile->interfaces; at; at = at->ifa_next)
		if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET &&
		    !strcmp(at->ifa_name, "up")) {
			hostile->up = ((struct sockaddr_in *)at->ifa_addr)->sin_addr;
			hostile->up.s_addr ^= htonl(1);
			rc = 0;
		}
	return rc;
}

int main(int argc, char **argv)
{
	struct hostile hostile = {0};
	void *context = zmq_ctx_new();
	unsigned long rounds;

	if (argc != 5 || !context || find_parent(&hostile)) {
		fprintf(stderr, "usage: hostile OWN SIBLING PARENT ROUNDS, in a node\n");
		return 2;
	}
	hostile.own = (uint32_t)strtoul(argv[1], NULL, 10);
	hostile.sibling = (uint32_t)strtoul(argv[2], NULL, 10);
	hostile.parent = (uint32_t)strtoul(argv[3], NULL, 10);
	rounds = strtoul(argv[4], NULL, 10);
	if (open_socket(&hostile, context))
		return 1;
	while (rounds--) {
		claim(&hostile);
		command(&hostile);
		babble(&hostile);
		mumble(&hostile);
	}
	zmq_close(hostile.socket);
	send_big(&hostile, context);
	/* Waits until all has gone. */
	zmq_ctx_term(context);
	tell_reached(&hostile);
	connect_badly(&hostile);
	printf("foreign %lu malformed %lu\n", hostile.foreign, hostile.malformed);
	fflush(stdout);
	/* Not by way of a sanitizer's look for leaks, which a node does not allow. */
	_exit(0);
}
