/*
 * apicall DIR FRAME…: sends each FRAME unchanged to the controller in DIR, over one connection, and
 * prints the received frames, one a line. Ends when each request has its final reply, or after 20 s
 * (status 1). FRAME "-" sends an empty frame. "+TEXT" sends TEXT as a frame that the next FRAME
 * continues. "~N" sends N bytes of garbage. Garbage counts as one request; the controller must
 * reply with an error.
 */
#include "base/cleanup.h"
#include "base/clock.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define LIMIT_NS (20 * NS_PER_S)

/* Commands that steer a running program and have no reply. */
static const char *const unanswered[] = {
    "\"credit\"", "\"cancel\"", "\"cmd\":\"input\"", "\"exec_signal\"", "\"resize\"",
};

/* Sends one argument. Returns the number of final replies to expect for it. */
static int send_frame(void *socket, const char *frame)
{
	size_t len = strtoul(frame + 1, NULL, 10);
	autofree char *junk = NULL;

	if (!strcmp(frame, "-"))
		return zmq_send(socket, "", 0, 0) < 0 ? 0 : 1;
	if (frame[0] == '+')
		return zmq_send(socket, frame + 1, strlen(frame + 1), ZMQ_SNDMORE) < 0;
	if (frame[0] == '~') {
		junk = calloc(1, len + 1);
		if (!junk)
			return 0;
		memset(junk, '[', len);
		return zmq_send(socket, junk, len, 0) < 0 ? 0 : 1;
	}
	zmq_send(socket, frame, strlen(frame), 0);
	for (size_t i = 0; i < ARRAY_SIZE(unanswered); i++)
		if (strstr(frame, unanswered[i]))
			return 0;
	return 1;
}

/* Prints one frame. Returns true if the frame is the final reply to a request. */
static bool show(zmq_msg_t *msg, bool raw)
{
	int len = (int)zmq_msg_size(msg);
	bool last = false;
	json_t *json;

	if (raw) {
		printf("  %d bytes: %.*s\n", len, len < 60 ? len : 60, (char *)zmq_msg_data(msg));
		return false;
	}
	printf("%.*s\n", len, (char *)zmq_msg_data(msg));
	json = json_loadb(zmq_msg_data(msg), (size_t)len, 0, NULL);
	last = json && !json_is_true(json_object_get(json, "more"));
	json_decref(json);
	return last;
}

static int receive(void *socket, int owed)
{
	int64_t deadline_ns = clock_ns() + LIMIT_NS;
	bool raw = false;

	while (owed > 0) {
		int timeout_ms = clock_ms_until(deadline_ns, 1000000);
		zmq_msg_t msg;

		zmq_setsockopt(socket, ZMQ_RCVTIMEO, &timeout_ms, sizeof(timeout_ms));
		zmq_msg_init(&msg);
		if (zmq_msg_recv(&msg, socket, 0) < 0) {
			printf("missing: %d\n", owed);
			return 1;
		}
		owed -= show(&msg, raw);
		raw = zmq_msg_more(&msg);
		zmq_msg_close(&msg);
	}
	return 0;
}

int main(int argc, char **argv)
{
	void *context = zmq_ctx_new();
	void *socket = zmq_socket(context, ZMQ_DEALER);
	char endpoint[256];
	int owed = 0, status, linger = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: apicall DIR FRAME…\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* write each line at once, for a reader that watches */
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/api", argv[1]);
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
	if (zmq_connect(socket, endpoint) < 0) {
		fprintf(stderr, "apicall: %s: %s\n", endpoint, zmq_strerror(zmq_errno()));
		return 2;
	}
	for (int i = 2; i < argc; i++)
		owed += send_frame(socket, argv[i]);
	status = receive(socket, owed);
	zmq_close(socket);
	zmq_ctx_term(context);
	return status;
}
