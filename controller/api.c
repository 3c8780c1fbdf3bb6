#include "controller/api.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX (1LL << 53) /* JSON readers that use doubles are exact only up to 2^53 */
/* 9 digits for a real number in JSON: no value here is more exact than microseconds. */
#define JSON_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(9))
#define GARBAGE_MAX 64 /* malformed requests read in one call: other input must get its turn */

struct option {
	int option;
	int value;
};

static const struct option router_options[] = {
    /*
     * A reply to a client that has disconnected fails with -EHOSTUNREACH, instead of being dropped
     * silently.
     */
    {ZMQ_ROUTER_MANDATORY, 1},
    /*
     * Room for the replies to two requests of 100,000 ids each. libzmq takes memory only for
     * replies that are queued.
     */
    {ZMQ_SNDHWM, 262144},
    /* When so many requests are queued here, further requests wait in the queues of the clients. */
    {ZMQ_RCVHWM, 256},
    /*
     * On close, libzmq may go on for 1 s to send the last reply, to a shutdown. A client that does
     * not read must not delay the controller's exit any longer.
     */
    {ZMQ_LINGER, 1000},
};

static const struct option pub_options[] = {
    /*
     * Room for the events of the loss of a whole tree. A client that reads too slowly misses
     * events.
     */
    {ZMQ_SNDHWM, 16384},
    {ZMQ_LINGER, 1000},
};

static int open_socket(void *context, int type, const struct option *options, size_t count,
		       const char *endpoint, void **out)
{
	/*
	 * libzmq drops a longer message with its connection, which bounds the memory. The maximum
	 * is far above that of a valid request, so that a request that is too long still gets an
	 * error reply.
	 */
	int64_t max_bytes = 16 * API_REQUEST_MAX_BYTES;
	void *socket = zmq_socket(context, type);

	if (!socket)
		return -errno;
	*out = socket;
	for (size_t i = 0; i < count; i++)
		if (zmq_setsockopt(socket, options[i].option, &options[i].value, sizeof(int)) < 0)
			return -errno;
	if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_bytes, sizeof(max_bytes)) < 0)
		return -errno;
	return zmq_bind(socket, endpoint) < 0 ? -errno : 0;
}

int api_open(struct api *api, void *context, const struct rundir *dir, int64_t first_seq,
	     struct err *err)
{
	char endpoint[RUNDIR_PATH_BYTES + 16];
	int r;

	*api = (struct api){.seq = first_seq - 1, .first_seq = first_seq};
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/api", dir->path);
	r = open_socket(context, ZMQ_ROUTER, router_options, ARRAY_SIZE(router_options), endpoint,
			&api->router);
	if (r == 0) {
		snprintf(endpoint, sizeof(endpoint), "ipc://%s/events", dir->path);
		r = open_socket(context, ZMQ_PUB, pub_options, ARRAY_SIZE(pub_options), endpoint,
				&api->pub);
	}
	if (r < 0) {
		api_close(api);
		return err_text(err, r, "bind %s: %s", endpoint, zmq_strerror(-r));
	}
	return 0;
}

void api_close(struct api *api)
{
	if (api->router)
		zmq_close(api->router);
	if (api->pub)
		zmq_close(api->pub);
	for (size_t i = 0; i < API_EVENTS_KEPT; i++)
		json_decref(api->kept[i]);
	*api = (struct api){0};
}

bool asker_is_same(const struct asker *a, const struct asker *b)
{
	return a->id == b->id && a->anonymous == b->anonymous && a->len == b->len &&
	       !memcmp(a->identity, b->identity, a->len);
}

/*
 * Receives all frames of a message. The first frame is the client's identity, which goes to
 * `asker`; `kept` gets the second frame, and `data` the third. Returns the number of frames, or -1
 * when no message waits.
 */
static int receive(void *router, struct asker *asker, zmq_msg_t *kept, zmq_msg_t *data)
{
	zmq_msg_t frame;
	int frames = 0;

	zmq_msg_init(&frame);
	do {
		if (zmq_msg_recv(&frame, router, ZMQ_DONTWAIT) < 0)
			break;
		if (++frames == 1) {
			asker->len = zmq_msg_size(&frame);
			memcpy(asker->identity, zmq_msg_data(&frame), asker->len);
		}
		if (frames == 2)
			zmq_msg_copy(kept, &frame);
		if (frames == 3)
			zmq_msg_copy(data, &frame);
	} while (zmq_msg_more(&frame));
	zmq_msg_close(&frame);
	return frames ? frames : -1;
}

/* Parses a request. Copies its "id" to `asker`, so that later error replies contain the id. */
static json_t *parse(struct api *api, struct asker *asker, const char *data, size_t len)
{
	json_error_t error;
	json_t *request, *id;

	if (len > API_REQUEST_MAX_BYTES) {
		api_refuse(api, asker, -EINVAL, "a request has at most %d bytes",
			   API_REQUEST_MAX_BYTES);
		return NULL;
	}
	request = json_loadb(data, len, JSON_REJECT_DUPLICATES, &error);
	if (!request) {
		api_refuse(api, asker, -EINVAL, "not JSON: %s", error.text);
		return NULL;
	}
	id = json_object_get(request, "id");
	if (json_is_integer(id) && json_integer_value(id) >= 0 &&
	    json_integer_value(id) <= ID_MAX) {
		asker->id = json_integer_value(id);
		asker->anonymous = false;
		return request;
	}
	api_refuse(api, asker, -EINVAL, "%s",
		   json_is_object(request) ? "id must be a whole number, 0 to 2^53"
					   : "a request is a JSON object");
	json_decref(request);
	return NULL;
}

int api_next(struct api *api, struct asker *asker, json_t **request, zmq_msg_t *data)
{
	int frames = 0;

	for (int i = 0; i < GARBAGE_MAX && frames >= 0; i++) {
		struct asker who = {.anonymous = true};
		json_t *parsed = NULL;
		zmq_msg_t frame;

		zmq_msg_init(&frame);
		frames = receive(api->router, &who, &frame, data);
		if (frames >= 2)
			parsed = parse(api, &who, zmq_msg_data(&frame), zmq_msg_size(&frame));
		if (frames == 1 || (parsed && frames > 3)) {
			api_refuse(api, &who, -EINVAL, "a request is one frame, or two");
			json_decref(steal_ptr(&parsed));
		}
		zmq_msg_close(&frame);
		if (parsed) {
			*asker = who;
			*request = parsed;
			return 1;
		}
		zmq_msg_close(data);
		zmq_msg_init(data);
	}
	return 0;
}

static int send_frames(struct api *api, const struct asker *asker, const char *text,
		       const void *data, size_t len)
{
	/*
	 * libzmq can refuse only the first frame: the client has disconnected, or its queue is
	 * full. A client with a full queue does not read its replies and counts as gone.
	 */
	if (zmq_send(api->router, asker->identity, asker->len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
		return -EHOSTUNREACH;
	if (zmq_send(api->router, text, strlen(text), ZMQ_DONTWAIT | (data ? ZMQ_SNDMORE : 0)) < 0)
		return -EHOSTUNREACH;
	if (data && zmq_send(api->router, data, len, ZMQ_DONTWAIT) < 0)
		return -EHOSTUNREACH;
	return 0;
}

int api_answer_bytes(struct api *api, const struct asker *asker, json_t *members, const void *data,
		     size_t len)
{
	autofree char *text = NULL;
	char brief[96];

	if (!asker->len || !api->router) {
		json_decref(members);
		return 0;
	}
	if (members &&
	    json_object_set_new(members, "id",
				asker->anonymous ? json_null() : json_integer(asker->id)) == 0)
		text = json_dumps(members, JSON_FLAGS);
	json_decref(members);
	if (text)
		return send_frames(api, asker, text, data, len);
	/* The client must get a reply even if there is no memory to format it. */
	snprintf(brief, sizeof(brief),
		 "{\"id\":%lld,\"error\":\"the controller is out of memory\",\"code\":\"no_room\"}",
		 (long long)asker->id);
	return send_frames(api, asker, brief, NULL, 0);
}

int api_answer(struct api *api, const struct asker *asker, json_t *members)
{
	return api_answer_bytes(api, asker, members, NULL, 0);
}

void api_put_error(json_t *members, const struct err *err)
{
	/* err_text may have cut the text within a UTF-8 character; jansson rejects that. */
	json_t *text = json_string(err->text);

	json_object_set_new(members, "error", text ? text : json_string("failed"));
	json_object_set_new(members, "code", json_string(err_name(err->code)));
}

int api_error(struct api *api, const struct asker *asker, const struct err *err)
{
	json_t *members = json_object();

	api_put_error(members, err);
	return api_answer(api, asker, members);
}

int api_refuse(struct api *api, const struct asker *asker, int code, const char *fmt, ...)
{
	struct err err = {.code = code};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err.text, sizeof(err.text), fmt, ap);
	va_end(ap);
	return api_error(api, asker, &err);
}

void api_publish_passing(struct api *api, json_t *members)
{
	autofree char *text = members ? json_dumps(members, JSON_FLAGS) : NULL;

	json_decref(members);
	if (text && api->pub)
		zmq_send(api->pub, text, strlen(text), ZMQ_DONTWAIT);
}

/* Returns the time for people to read: the time of day, not CLOCK_MONOTONIC. */
static json_int_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (json_int_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

void api_publish(struct api *api, json_t *members)
{
	json_t **place = &api->kept[++api->seq % API_EVENTS_KEPT];

	if (members) {
		json_object_set_new(members, "seq", json_integer(api->seq));
		json_object_set_new(members, "time_ms", json_integer(wall_ms()));
	}
	json_decref(*place);
	*place = json_incref(members);
	api_publish_passing(api, members);
}

json_t *api_events(const struct api *api, int64_t since, bool *missed)
{
	int64_t first = api->seq - API_EVENTS_KEPT + 1;
	json_t *events = json_array();

	/*
	 * Events before `first_seq` were published by a former controller, and are not kept here.
	 */
	if (first < api->first_seq)
		first = api->first_seq;
	*missed = since + 1 < first;
	if (since + 1 > first)
		first = since + 1;
	for (int64_t seq = first; events && seq <= api->seq; seq++)
		if (api->kept[seq % API_EVENTS_KEPT])
			json_array_append(events, api->kept[seq % API_EVENTS_KEPT]);
	return events;
}
