/*
 * A hostile agent: a program in a node of the `process` backend, where programs can use the agents'
 * edges. It connects to the parent of node OWN by a DEALER socket of its own, claims other nodes'
 * ids, and sends malformed messages. At the end it prints "foreign N malformed N", the numbers of
 * such messages that it sent. The caller can compare them with the parent's counters.
 *   hostile OWN SIBLING PARENT ADDRESS ROUNDS     ADDRESS: the parent's end of the edge
 */
#include "base/cleanup.h"
#include "node/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#define LINGER_MS 30000 /* all messages that are counted as sent must arrive */
#define CONNECT_MS 300	/* an agent accepts a connection in less time */
#define FRAMES_BIG 1048576
#define BAD_CONNECTIONS 50

struct hostile {
	uint32_t own, sibling, parent;
	struct in_addr up; /* the parent's end of this node's edge */
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

/* Sends each type of message that travels towards the controller, in the name of other nodes. */
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

/* Sends messages that only a parent may send. */
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

/* Sends messages that do not parse. */
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
	/* A message of one frame, one of three, one with its header cut short, and an empty one. */
	zmq_send(hostile->socket, octets, sizeof(octets), 0);
	zmq_send(hostile->socket, octets, sizeof(octets), ZMQ_SNDMORE);
	zmq_send(hostile->socket, "\x90", 1, ZMQ_SNDMORE);
	zmq_send(hostile->socket, "\x90", 1, 0);
	zmq_send(hostile->socket, octets, sizeof(octets) - 1, ZMQ_SNDMORE);
	zmq_send(hostile->socket, "\x90", 1, 0);
	zmq_send(hostile->socket, "", 0, 0);
	hostile->malformed += 4;
}

/*
 * Sends messages with broken bodies in this node's own name. The parent forwards these messages and
 * counts none of them. The controller must handle them without harm.
 */
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
						     /* the number of no pending request */
						     .request = UINT64_MAX - j};

			send_frames(hostile, &header, bodies[j], strlen(bodies[j]));
		}
}

static int open_socket(struct hostile *hostile, void *context)
{
	char endpoint[64];
	int linger = LINGER_MS;

	snprintf(endpoint, sizeof(endpoint), "tcp://%s:%d", inet_ntoa(hostile->up), WIRE_OPEN_PORT);
	hostile->socket = zmq_socket(context, ZMQ_DEALER);
	if (!hostile->socket)
		return -1;
	zmq_setsockopt(hostile->socket, ZMQ_LINGER, &linger, sizeof(linger));
	return zmq_connect(hostile->socket, endpoint);
}

/*
 * Sends frames that are too big. The parent closes the connection at each of them, so it is unknown
 * which other frames arrived. These frames are not counted.
 */
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

/* Returns a descriptor of a connection to the parent, or -1. */
static int reach(const struct hostile *hostile)
{
	struct sockaddr_in addr = {
	    .sin_family = AF_INET, .sin_port = htons(WIRE_OPEN_PORT), .sin_addr = hostile->up};
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 && errno != EINPROGRESS)
		return -1;
	return poll(&poll_fd, 1, CONNECT_MS) == 1 ? steal_fd(&fd) : -1;
}

/* Makes connections that do not speak ZeroMQ, and connections that stay open and send nothing. */
static void connect_badly(const struct hostile *hostile)
{
	for (int i = 0; i < BAD_CONNECTIONS; i++) {
		int fd = reach(hostile);

		if (fd >= 0 && i % 2)
			send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
		if (fd >= 0 && i % 4)
			close(fd);
	}
}

static void speak(struct hostile *hostile, void *context, unsigned long rounds)
{
	while (rounds--) {
		claim(hostile);
		command(hostile);
		babble(hostile);
		mumble(hostile);
	}
	zmq_close(hostile->socket);
	send_big(hostile, context);
	/* zmq_ctx_term() blocks until all messages are sent. */
	zmq_ctx_term(context);
	connect_badly(hostile);
	printf("foreign %lu malformed %lu\n", hostile->foreign, hostile->malformed);
}

int main(int argc, char **argv)
{
	struct hostile hostile = {0};
	void *context = zmq_ctx_new();

	if (argc != 6 || !context || inet_pton(AF_INET, argv[4], &hostile.up) != 1) {
		fprintf(stderr, "usage: hostile OWN SIBLING PARENT ADDRESS ROUNDS\n");
		return 2;
	}
	hostile.own = (uint32_t)strtoul(argv[1], NULL, 10);
	hostile.sibling = (uint32_t)strtoul(argv[2], NULL, 10);
	hostile.parent = (uint32_t)strtoul(argv[3], NULL, 10);
	if (open_socket(&hostile, context))
		return 1;
	speak(&hostile, context, strtoul(argv[5], NULL, 10));
	fflush(stdout);
	/* _exit() skips the sanitizer's search for leaks: a node does not permit that search. */
	_exit(0);
}
