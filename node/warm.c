#include "node/agent.h"

#include "base/threads.h"

#include <zmq.h>

/*
 * What libzmq and libstdc++ do once a process, done before the clones: random
 * numbers, protocol names, locales. The sockets start threads; zmq_ctx_term ends
 * them, so the caller is single-threaded again.
 */
void agent_warm_up(void)
{
	/* Kept, without sockets and so without threads: the last one closed undoes it all. */
	static void *volatile kept; /* read by nobody, and yet not to be thrown away */
	void *ctx, *bound, *connected;
	int linger_ms = 0;
	char endpoint[64] = "";
	size_t len = sizeof(endpoint);

	if (threads_check(NULL) < 0)
		return;
	ctx = zmq_ctx_new();
	bound = zmq_socket(ctx, ZMQ_DEALER);
	connected = zmq_socket(ctx, ZMQ_DEALER);
	kept = zmq_ctx_new();
	(void)kept;
	/* In a network of the caller's own, on its loopback; failing, it is only slower. */
	zmq_setsockopt(connected, ZMQ_LINGER, &linger_ms, sizeof(linger_ms));
	if (zmq_bind(bound, "tcp://127.0.0.1:*") == 0 &&
	    zmq_getsockopt(bound, ZMQ_LAST_ENDPOINT, endpoint, &len) == 0)
		zmq_connect(connected, endpoint);
	zmq_close(connected);
	zmq_close(bound);
	zmq_ctx_term(ctx);
}
