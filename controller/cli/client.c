#include "controller/cli/client.h"

#include "base/cleanup.h"
#include "base/threads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define FRAME_MAX_BYTES (16 << 20) /* a reply with 100,000 ids has a frame of 1.1 MB */
#define EVENTS_HWM 10000 /* events in libzmq's queue while a slow reader delays the output */
#define ID_MAX (1LL << 53)

static int open_socket(struct client *client, int type, const char *dir, const char *name,
		       void **out, struct err *err)
{
	char endpoint[256];
	int zero = 0, hwm = EVENTS_HWM;
	int64_t size = FRAME_MAX_BYTES;
	void *socket = zmq_socket(client->ctx, type);

	if (!socket)
		return err_errno(err, -zmq_errno(), "open a ZeroMQ socket");
	*out = socket;
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/%s", dir, name);
	/*
	 * Drop unsent messages when the socket is closed: the closed lifeline suffices to tell the
	 * controller that bonsai has ended.
	 */
	zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof(zero));
	zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size, sizeof(size));
	zmq_setsockopt(socket, ZMQ_RCVHWM, &hwm, sizeof(hwm));
	if (type == ZMQ_SUB && zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0))
		return err_errno(err, -zmq_errno(), "subscribe to events");
	if (zmq_connect(socket, endpoint))
		return err_errno(err, -zmq_errno(), "connect to %s", endpoint);
	return 0;
}

int client_open(struct client *client, const char *dir, struct err *err)
{
	int rc = threads_check(err);

	memset(client, 0, sizeof(*client));
	if (rc)
		return rc;
	client->ctx = zmq_ctx_new();
	if (!client->ctx)
		return err_errno(err, -zmq_errno(), "start ZeroMQ");
	rc = open_socket(client, ZMQ_SUB, dir, "events", &client->events, err);
	if (!rc)
		rc = open_socket(client, ZMQ_DEALER, dir, "api", &client->api, err);
	if (rc)
		client_close(client);
	return rc;
}

void client_close(struct client *client)
{
	if (client->api)
		zmq_close(steal_ptr(&client->api));
	if (client->events)
		zmq_close(steal_ptr(&client->events));
	if (client->ctx)
		zmq_ctx_term(steal_ptr(&client->ctx));
}

int client_send_about(struct client *client, json_t *request, uint64_t id, struct err *err)
{
	autofree char *text = NULL;
	size_t len;

	if (request && !json_object_set_new(request, "id", json_integer((json_int_t)id)))
		text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (!text)
		return err_errno(err, -ENOMEM, "write a request");
	len = strlen(text);
	if (len > CLIENT_REQUEST_MAX)
		return err_text(err, -EMSGSIZE, "request too long: %zu bytes (%d at most)", len,
				CLIENT_REQUEST_MAX);
	if (zmq_send(client->api, text, len, ZMQ_DONTWAIT) < 0)
		return err_errno(err, -zmq_errno(), "ask the controller");
	return 0;
}

int client_send(struct client *client, json_t *request, uint64_t *id, struct err *err)
{
	int rc = client_send_about(client, request, client->last_id + 1, err);

	if (!rc)
		*id = ++client->last_id;
	return rc;
}

int client_send_input(struct client *client, uint64_t id, const void *data, size_t len,
		      struct err *err)
{
	char text[80];
	int text_len = snprintf(text, sizeof(text), "{\"id\":%" PRIu64 ",\"cmd\":\"input\"}", id);

	/* If libzmq's queue has taken the first frame, the queue has room for the second frame. */
	if (zmq_send(client->api, text, (size_t)text_len, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0 ||
	    zmq_send(client->api, data, len, ZMQ_DONTWAIT) < 0)
		return err_errno(err, -zmq_errno(), "send input to the controller");
	return 0;
}

/*
 * Receives a whole message: the first frame as JSON into `body`, the second frame, if any, into
 * `second`, which the caller has initialized. Returns 1, or 0 if no message is there. -EPROTO: the
 * message is malformed or has more frames.
 */
static int receive(void *socket, json_t **body, zmq_msg_t *second, struct err *err)
{
	zmq_msg_t frame;
	size_t frames = 1;
	int more;

	zmq_msg_init(&frame);
	if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0) {
		int rc = -zmq_errno();

		zmq_msg_close(&frame);
		return rc == -EAGAIN || rc == -EINTR ? 0
						     : err_errno(err, rc, "hear the controller");
	}
	more = zmq_msg_more(&frame);
	*body =
	    json_loadb(zmq_msg_data(&frame), zmq_msg_size(&frame), JSON_REJECT_DUPLICATES, NULL);
	/* libzmq delivers all frames of a message together, so none of these calls waits. */
	for (; more && zmq_msg_recv(frames == 1 ? second : &frame, socket, ZMQ_DONTWAIT) >= 0;
	     frames++)
		more = zmq_msg_more(frames == 1 ? second : &frame);
	zmq_msg_close(&frame);
	if (json_is_object(*body) && frames <= 2)
		return 1;
	json_decref(steal_ptr(body));
	return err_text(err, -EPROTO, "the controller says what is no message of the API");
}

static int check_envelope(struct answer *answer, struct err *err)
{
	const json_t *id = json_object_get(answer->body, "id");
	json_int_t number = json_integer_value(id);

	if (!json_is_null(id) && (!json_is_integer(id) || number < 0 || number > ID_MAX))
		return err_text(err, -EPROTO, "the controller answers without a usable id");
	answer->id = json_is_null(id) ? CLIENT_NO_ID : (uint64_t)number;
	answer->more = json_is_true(json_object_get(answer->body, "more"));
	return 0;
}

int client_next(struct client *client, struct answer *answer, struct err *err)
{
	struct answer got = {0};
	zmq_msg_t second;
	int rc;

	zmq_msg_init(&second);
	rc = receive(client->api, &got.body, &second, err);
	if (rc == 1) {
		int bad = check_envelope(&got, err);

		rc = bad ? bad : 1;
		got.len = zmq_msg_size(&second);
		if (rc == 1 && got.len) {
			got.data = malloc(got.len);
			if (got.data)
				memcpy(got.data, zmq_msg_data(&second), got.len);
			else
				rc = err_errno(err, -ENOMEM, "take an answer");
		}
	}
	zmq_msg_close(&second);
	if (rc == 1)
		*answer = got;
	else
		answer_release(&got);
	return rc;
}

int client_next_event(struct client *client, json_t **event, struct err *err)
{
	json_t *body = NULL;
	zmq_msg_t second;
	int rc;

	zmq_msg_init(&second);
	rc = receive(client->events, &body, &second, err);
	zmq_msg_close(&second);
	if (rc == 1)
		*event = body;
	return rc;
}

void answer_release(struct answer *answer)
{
	json_decref(answer->body);
	free(answer->data);
	memset(answer, 0, sizeof(*answer));
}
