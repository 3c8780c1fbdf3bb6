/*
 * A ping-pong with libzmq alone. Its time is compared with the time of a message hop in Bonsai. Two
 * processes are in two network namespaces that a veth pair joins. Each process has one DEALER
 * socket; the far process sends back each message. The messages have the wire's usual shape: 24
 * octets of header, 1 of body.
 *
 *	pingpong ROUNDS		prints: rounds N p50_us M p99_us P	(there and back)
 *	pingpong stream MB	prints: mbs N	(one way)
 *
 * The messages of a stream are as large as the pieces of a program's output.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/bench/nest.h"
#include "tests/bench/rtnl.h"
#include "tests/bench/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#define WARM_UP 200
#define WAIT_MAX_MS 5000
#define INDEX_UP 2
#define INDEX_CHILD 100
#define ADDRESS 0x0a000000u
#define ENDPOINT "tcp://10.0.0.0:5670"
#define HEADER_BYTES 24
#define PIECE_BYTES 32768

static void *open_socket(void *context)
{
	void *socket = zmq_socket(context, ZMQ_DEALER);
	int none = 0, wait_ms = WAIT_MAX_MS, soon_ms = 5;

	zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof(none));
	zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof(wait_ms));
	zmq_setsockopt(socket, ZMQ_SNDTIMEO, &wait_ms, sizeof(wait_ms));
	zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &soon_ms, sizeof(soon_ms));
	return socket;
}

static bool send_message(void *socket, const char *header, const char *body)
{
	return zmq_send(socket, header, HEADER_BYTES, ZMQ_SNDMORE) == HEADER_BYTES &&
	       zmq_send(socket, body, 1, 0) == 1;
}

static bool receive_message(void *socket, char *header, char *body)
{
	return zmq_recv(socket, header, HEADER_BYTES, 0) == HEADER_BYTES &&
	       zmq_recv(socket, body, 1, 0) == 1;
}

/*
 * Runs in the far process of a ping-pong: sends back each message. The near process kills it at the
 * end.
 */
static int echo(void *unused)
{
	void *context = zmq_ctx_new();
	void *socket = open_socket(context);
	char header[HEADER_BYTES], body[1];

	(void)unused;
	if (zmq_connect(socket, ENDPOINT))
		return 1;
	while (receive_message(socket, header, body) && send_message(socket, header, body))
		;
	return 1;
}

/*
 * Runs in the far process of a stream: receives pieces until an empty piece, and replies to the
 * empty piece only.
 */
static int drain(void *unused)
{
	void *context = zmq_ctx_new();
	void *socket = open_socket(context);
	static char header[HEADER_BYTES], body[PIECE_BYTES];
	int got;

	(void)unused;
	if (zmq_connect(socket, ENDPOINT))
		return 1;
	do {
		if (zmq_recv(socket, header, HEADER_BYTES, 0) != HEADER_BYTES)
			return 1;
		got = zmq_recv(socket, body, sizeof(body), 0);
	} while (got > 0);
	send_message(socket, header, body);
	pause();
	return 1;
}

static int tie(int pidfd, struct err *err)
{
	autoclose int home_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	autoclose int near = rtnl_open();
	autoclose int far = -1;
	struct rtnl_end up = {"up", INDEX_UP}, down = {"c1", INDEX_CHILD};
	struct rtnl_batch batch;
	int code;

	if (home_ns < 0 || near < 0)
		return err_text(err, -EIO, "netlink socket");
	if ((far = rtnl_open_in(pidfd, home_ns)) < 0)
		return err_errno(err, far, "netlink socket of the far side");
	rtnl_init(&batch);
	rtnl_veth(&batch, &up, &down, getpid());
	rtnl_address(&batch, INDEX_UP, ADDRESS + 1);
	rtnl_up(&batch, INDEX_UP);
	if ((code = rtnl_send(far, &batch)))
		return err_errno(err, code, "veth pair");
	rtnl_init(&batch);
	rtnl_address(&batch, INDEX_CHILD, ADDRESS);
	rtnl_up(&batch, INDEX_CHILD);
	if ((code = rtnl_send(near, &batch)))
		return err_errno(err, code, "near end of the pair");
	return 0;
}

static int measure(int rounds, struct err *err)
{
	static int64_t samples[SAMPLES_MAX];
	void *context = zmq_ctx_new();
	void *socket = open_socket(context);
	char header[HEADER_BYTES] = {0}, body[1] = {0};
	int done = 0;

	if (zmq_bind(socket, ENDPOINT) == 0) {
		for (done = -WARM_UP; done < rounds; done++) {
			int64_t t0 = clock_ns();

			if (!send_message(socket, header, body) ||
			    !receive_message(socket, header, body))
				break;
			if (done >= 0)
				samples[done] = clock_ns() - t0;
		}
	}
	zmq_close(socket);
	zmq_ctx_term(context);
	if (done < rounds)
		return err_text(err, -EIO, "no answer: %s", zmq_strerror(zmq_errno()));
	printf("rounds %d p50_us %.1f p99_us %.1f\n", rounds,
	       (double)samples_percentile(samples, rounds, 50) / 1000,
	       (double)samples_percentile(samples, rounds, 99) / 1000);
	return 0;
}

static int measure_stream(int megabytes, struct err *err)
{
	static char header[HEADER_BYTES], piece[PIECE_BYTES], body[1];
	int64_t left = (int64_t)megabytes << 20, t0 = 0;
	void *context = zmq_ctx_new();
	void *socket = open_socket(context);
	bool fine = zmq_bind(socket, ENDPOINT) == 0;

	for (; fine && left >= 0; left -= PIECE_BYTES) {
		size_t len = left ? PIECE_BYTES : 0;

		fine = zmq_send(socket, header, HEADER_BYTES, ZMQ_SNDMORE) == HEADER_BYTES &&
		       zmq_send(socket, piece, len, 0) >= 0;
		/*
		 * Start the clock when zmq_send() of the first piece returns: until there is a
		 * connection, zmq_send() blocks.
		 */
		if (!t0)
			t0 = clock_ns();
	}
	fine = fine && receive_message(socket, header, body);
	if (fine)
		printf("mbs %.0f\n", megabytes / ((double)(clock_ns() - t0) / NS_PER_S));
	zmq_close(socket);
	zmq_ctx_term(context);
	return fine ? 0 : err_text(err, -EIO, "no answer: %s", zmq_strerror(zmq_errno()));
}

static int run(int rounds, bool stream, struct err *err)
{
	autoclose int pidfd = -1;
	pid_t pid;
	int code;

	if ((code = nest_enter(err)))
		return code;
	pid = nest_clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET, stream ? drain : echo, NULL,
			 &pidfd);
	if (pid < 0)
		return err_errno(err, pid, "clone the far side");
	if ((code = tie(pidfd, err)) == 0)
		code = (stream ? measure_stream : measure)(rounds, err);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return code;
}

int main(int argc, char **argv)
{
	bool stream = argc == 3 && !strcmp(argv[1], "stream");
	int rounds = argc == 2 + stream ? atoi(argv[1 + stream]) : 0;
	struct err err = {0};

	if (rounds < 1 || rounds > SAMPLES_MAX) {
		fprintf(stderr, "usage: pingpong ROUNDS | stream MB, 1 to %d\n", SAMPLES_MAX);
		return 2;
	}
	if (run(rounds, stream, &err)) {
		fprintf(stderr, "pingpong: %s\n", err.text);
		return 1;
	}
	return 0;
}
