#include "node/agent.h"

#include "base/threads.h"

#include <zmq.h>

/*
 * Lets libzmq and libstdc++ do now what they do once per process (random numbers, protocol names,
 * locales), before the launcher clones sandboxes. The sockets start threads and zmq_ctx_term ends
 * them, so the caller is single-threaded again.
 */
void agent_warm_up(void)
{
	/*
	 * Keep one context: closing libzmq's last one undoes its initialization. A context without
	 * sockets has no threads.
	 */
	static void *volatile kept; /* volatile, so that the compiler keeps this unread pointer */
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
	/*
	 * Connect the two sockets over the loopback of the caller's own network namespace. If this
	 * fails, the nodes only start more slowly.
	 */
	zmq_setsockopt(connected, ZMQ_LINGER, &linger_ms, sizeof(linger_ms));
	if (zmq_bind(bound, "tcp://127.0.0.1:*") == 0 &&
	    zmq_getsockopt(bound, ZMQ_LAST_ENDPOINT, endpoint, &len) == 0)
		zmq_connect(connected, endpoint);
	zmq_close(connected);
	zmq_close(bound);
	zmq_ctx_term(ctx);
}
