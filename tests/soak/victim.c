#include "tests/soak/victim.h"

#include "base/cleanup.h"
#include "tests/soak/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define REQUESTS 24
#define LIFE_S 20
#define HUGE (2 << 20) /* octets, more than a message may have: libzmq closes the connection */

pid_t victim_start(struct random *random, const char *dir)
{
	char seed[32];
	pid_t pid;

	snprintf(seed, sizeof(seed), "%" PRIu64, random_next(random));
	pid = fork();
	if (pid)
		return pid;
	execl("/proc/self/exe", "soak", "--victim", dir, seed, NULL);
	_exit(127);
}

static void ask(struct random *random, void *socket, int id)
{
	static const char *const members[] = {
	    "\"cmd\":\"exec\",\"node\":%u,\"argv\":[\"sleep\",\"1\"]",
	    "\"cmd\":\"exec\",\"node\":%u,\"argv\":[\"seq\",\"1\",\"2000\"]",
	    "\"cmd\":\"create\",\"ids\":[%u]",
	    "\"cmd\":\"create\",\"ids\":[[%u,200]]",
	    "\"cmd\":\"remove\",\"ids\":[%u]",
	    "\"cmd\":\"timer\",\"node\":%u,\"op\":\"start\"",
	    "\"cmd\":\"events\",\"since\":%u",
	    "\"cmd\":\"stats\",\"node\":%u",
	};
	char text[160], rest[128];
	uint32_t node = random_in(random, 1, LOAD_IDS);

	snprintf(rest, sizeof(rest), members[random_in(random, 0, ARRAY_SIZE(members) - 1)], node);
	snprintf(text, sizeof(text), "{\"id\":%d,%s}", id, rest);
	zmq_send(socket, text, strlen(text), ZMQ_DONTWAIT);
}

int victim_main(const char *dir, uint64_t seed)
{
	struct random random = {seed};
	void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_DEALER);
	autofree char *huge = calloc(1, HUGE);
	char endpoint[256], name[8];

	alarm(LIFE_S);
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/api", dir);
	/* Draw the routing id from few names, so that another client sometimes has it already. */
	snprintf(name, sizeof(name), "v%u", random_in(&random, 0, 9));
	if (random_one_in(&random, 3))
		zmq_setsockopt(socket, ZMQ_ROUTING_ID, name, strlen(name));
	zmq_connect(socket, endpoint);
	for (int i = 1; i <= REQUESTS; i++)
		ask(&random, socket, i);
	if (huge && random_one_in(&random, 4))
		zmq_send(socket, huge, HUGE, 0);
	for (;;) {
		char octets[256];

		/* Only some victims read their answers. */
		if (seed % 2)
			pause();
		zmq_recv(socket, octets, sizeof(octets), 0);
	}
}
