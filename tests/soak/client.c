#include "tests/soak/client.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define TAKEN_MAX 256 /* messages taken from one connection before the next one's turn */

/* --- connections ---------------------------------------------------------------------------------
 */

static void *connect_to(struct client *client, int type, const char *dir, const char *name)
{
	void *socket = zmq_socket(client->context, type);
	int linger = 0, no_limit = 0, again_ms = 10;
	char endpoint[256];

	if (!socket)
		return NULL;
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/%s", dir, name);
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_setsockopt(socket, ZMQ_RCVHWM, &no_limit, sizeof(no_limit));
	zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &again_ms, sizeof(again_ms));
	if (type == ZMQ_SUB)
		zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
	if (zmq_connect(socket, endpoint) == 0)
		return socket;
	zmq_close(socket);
	return NULL;
}

int client_open(struct client *client, const char *dir)
{
	client->seq = 0;
	client->context = zmq_ctx_new();
	if (!client->context)
		return -errno;
	client->events = connect_to(client, ZMQ_SUB, dir, "events");
	for (int i = 0; i < CLIENT_CONNECTIONS; i++)
		client->socket[i] = connect_to(client, ZMQ_DEALER, dir, "api");
	for (int i = 0; i < CLIENT_CONNECTIONS; i++)
		if (!client->socket[i] || !client->events)
			return -errno;
	return 0;
}

static void forget(struct client *client, struct request *request)
{
	client->open--;
	HASH_DEL(client->requests, request);
	json_decref(request->last);
	free(request);
}

void client_close(struct client *client)
{
	struct request *request, *next;

	HASH_ITER(hh, client->requests, request, next)
		forget(client, request);
	for (int i = 0; i < CLIENT_CONNECTIONS; i++) {
		if (client->socket[i])
			zmq_close(client->socket[i]);
		client->socket[i] = NULL;
		client->garbage_owed[i] = 0;
	}
	if (client->events)
		zmq_close(client->events);
	if (client->context)
		zmq_ctx_term(client->context);
	client->events = client->context = NULL;
}

/* --- requests ------------------------------------------------------------------------------------
 */

static struct request *note(struct client *client, int connection, const char *cmd)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->id = ++client->last_id;
	request->cmd = cmd;
	request->connection = connection;
	request->sent_ns = clock_ns();
	HASH_ADD(hh, client->requests, id, sizeof(request->id), request);
	client->open++;
	client->count.requests++;
	return request;
}

struct request *client_ask(struct client *client, int connection, const char *cmd, json_t *members)
{
	struct request *request = note(client, connection, cmd);
	autofree char *text = NULL;

	if (!members)
		members = json_object();
	if (request) {
		json_object_set_new(members, "id", json_integer(request->id));
		json_object_set_new(members, "cmd", json_string(cmd));
		text = json_dumps(members, JSON_COMPACT);
		zmq_send(client->socket[connection], text, strlen(text), 0);
	}
	json_decref(members);
	return request;
}

struct request *client_ask_text(struct client *client, int connection, const char *fmt)
{
	struct request *request = note(client, connection, fmt);
	const char *place = strstr(fmt, "%lld");
	char text[512];

	if (!request || !place)
		return NULL;
	snprintf(text, sizeof(text), "%.*s%lld%s", (int)(place - fmt), fmt, (long long)request->id,
		 place + strlen("%lld"));
	zmq_send(client->socket[connection], text, strlen(text), 0);
	return request;
}

void client_babble(struct client *client, int connection, const void *data, size_t len, bool twice)
{
	client->garbage_owed[connection]++;
	client->count.garbage++;
	if (twice)
		zmq_send(client->socket[connection], data, len, ZMQ_SNDMORE);
	zmq_send(client->socket[connection], data, len, 0);
}

static void say(struct client *client, const struct request *request, const char *rest)
{
	char text[96];
	int len = snprintf(text, sizeof(text), "{\"id\":%lld,%s}", (long long)request->id, rest);

	zmq_send(client->socket[request->connection], text, (size_t)len, 0);
}

void client_give(struct client *client, const struct request *request, int pieces)
{
	char rest[48];

	snprintf(rest, sizeof(rest), "\"cmd\":\"credit\",\"chunks\":%d", pieces);
	say(client, request, rest);
}

void client_cancel(struct client *client, struct request *request)
{
	request->cancelled = true;
	say(client, request, "\"cmd\":\"cancel\"");
}

/* --- answers -------------------------------------------------------------------------------------
 */

static void tell_unknown(struct client *client, zmq_msg_t *msg)
{
	int len = (int)zmq_msg_size(msg);

	proof_breaks(client->proofs, PROOF_KNOWN, "%.*s", len < 200 ? len : 200,
		     (char *)zmq_msg_data(msg));
}

static void take_null(struct client *client, int connection, zmq_msg_t *msg)
{
	if (client->garbage_owed[connection] > 0)
		client->garbage_owed[connection]--;
	else
		tell_unknown(client, msg);
}

/* The reply must list every event after the last known one without a gap, or have "missed" set. */
static void judge_events(struct client *client, const struct request *request, const json_t *answer)
{
	bool missed = json_is_true(json_object_get(answer, "missed"));
	json_t *events = json_object_get(answer, "events"), *event;
	int64_t last = missed ? 0 : request->since, seq;
	size_t i;

	json_array_foreach(events, i, event)
	{
		seq = json_integer_value(json_object_get(event, "seq"));
		if (last && seq != last + 1)
			proof_breaks(client->proofs, PROOF_SEQ,
				     "asked for those after %lld: %lld follows %lld",
				     (long long)request->since, (long long)seq, (long long)last);
		last = seq;
	}
	seq = json_integer_value(json_object_get(answer, "seq"));
	if (last && last != seq)
		proof_breaks(client->proofs, PROOF_SEQ, "%lld is the last told, %lld the last",
			     (long long)last, (long long)seq);
	proof_holds(client->proofs, PROOF_SEQ);
}

static void take_answer(struct client *client, int connection, zmq_msg_t *msg)
{
	json_t *answer = json_loadb(zmq_msg_data(msg), zmq_msg_size(msg), 0, NULL);
	json_t *id_value = json_object_get(answer, "id");
	int64_t id = json_integer_value(id_value);
	bool last = !json_is_true(json_object_get(answer, "more"));
	struct request *request = NULL;

	client->count.answers++;
	HASH_FIND(hh, client->requests, &id, sizeof(id), request);
	if (json_is_null(id_value)) {
		take_null(client, connection, msg);
	} else if (!request || request->connection != connection) {
		tell_unknown(client, msg);
	} else {
		if (last && !strcmp(request->cmd, "events"))
			judge_events(client, request, answer);
		if (client->answered)
			client->answered(client->own, request, answer);
		if (request->given && !last)
			client_give(client, request, 1);
		if (last && request->awaited && request->last)
			tell_unknown(client, msg);
		else if (last && request->awaited)
			request->last = json_incref(answer);
		else if (last)
			forget(client, request);
	}
	json_decref(answer);
}

static void take_event(struct client *client, zmq_msg_t *msg)
{
	json_t *event = json_loadb(zmq_msg_data(msg), zmq_msg_size(msg), 0, NULL);
	int64_t seq = json_integer_value(json_object_get(event, "seq"));
	struct request *request;

	json_decref(event);
	client->count.events++;
	if (!seq)
		return;
	if (client->seq && seq <= client->seq)
		proof_breaks(client->proofs, PROOF_SEQ, "%lld comes after %lld", (long long)seq,
			     (long long)client->seq);
	if (client->seq && seq > client->seq + 1) {
		client->count.steps++;
		request = client_ask(client, 0, "events", json_pack("{s:I}", "since", client->seq));
		if (request)
			request->since = client->seq;
	}
	client->seq = seq;
}

/* Receives one message and handles it. False if no message has arrived. */
static bool take_one(struct client *client, void *socket, int connection)
{
	bool first = true, more = true;
	zmq_msg_t msg;

	while (more) {
		zmq_msg_init(&msg);
		if (zmq_msg_recv(&msg, socket, ZMQ_DONTWAIT) < 0)
			return false;
		more = zmq_msg_more(&msg);
		if (first && socket == client->events)
			take_event(client, &msg);
		else if (first)
			take_answer(client, connection, &msg);
		zmq_msg_close(&msg);
		first = false;
	}
	return true;
}

int client_take(struct client *client, int timeout_ms)
{
	zmq_pollitem_t items[CLIENT_CONNECTIONS + 1];
	int taken = 0;

	for (int i = 0; i <= CLIENT_CONNECTIONS; i++)
		items[i] = (zmq_pollitem_t){
		    .socket = i < CLIENT_CONNECTIONS ? client->socket[i] : client->events,
		    .events = ZMQ_POLLIN,
		};
	if (zmq_poll(items, CLIENT_CONNECTIONS + 1, timeout_ms) <= 0)
		return 0;
	for (int i = 0; i <= CLIENT_CONNECTIONS; i++)
		for (int n = 0; n < TAKEN_MAX && items[i].revents; n++) {
			if (!take_one(client, items[i].socket, i))
				break;
			taken++;
		}
	return taken;
}

json_t *client_call(struct client *client, const char *cmd, json_t *members, int limit_s)
{
	int64_t deadline_ns = clock_ns() + limit_s * NS_PER_S;
	struct request *request = client_ask(client, 0, cmd, members);
	json_t *last;

	if (!request)
		return NULL;
	request->awaited = true;
	while (!request->last && clock_ns() < deadline_ns)
		client_take(client, clock_ms_until(deadline_ns, 100));
	last = json_incref(request->last);
	if (!last)
		proof_breaks(client->proofs, PROOF_ANSWERED, "%s: nothing within %d s", cmd,
			     limit_s);
	forget(client, request);
	return last;
}

/* --- ends ----------------------------------------------------------------------------------------
 */

int client_reconnect(struct client *client, const char *dir)
{
	struct request *request, *next;

	HASH_ITER(hh, client->requests, request, next) {
		client->count.orphans++;
		forget(client, request);
	}
	for (int i = 0; i < CLIENT_CONNECTIONS; i++) {
		zmq_close(client->socket[i]);
		client->garbage_owed[i] = 0;
		client->socket[i] = connect_to(client, ZMQ_DEALER, dir, "api");
		if (!client->socket[i])
			return -errno;
	}
	return 0;
}

static long garbage_owed(const struct client *client)
{
	long owed = 0;

	for (int i = 0; i < CLIENT_CONNECTIONS; i++)
		owed += client->garbage_owed[i];
	return owed;
}

void client_drain(struct client *client, int limit_s)
{
	int64_t now_ns, deadline_ns = clock_ns() + limit_s * NS_PER_S;
	struct request *request, *next;

	while ((client->open || garbage_owed(client)) && clock_ns() < deadline_ns)
		client_take(client, clock_ms_until(deadline_ns, 100));
	now_ns = clock_ns();
	proof_holds(client->proofs, PROOF_ANSWERED);
	proof_holds(client->proofs, PROOF_KNOWN);
	if (garbage_owed(client))
		proof_breaks(client->proofs, PROOF_ANSWERED, "%ld frames without a usable id",
			     garbage_owed(client));
	HASH_ITER(hh, client->requests, request, next) {
		proof_breaks(client->proofs, PROOF_ANSWERED, "%lld: %s of node %u, %lld ms old%s",
			     (long long)request->id, request->cmd, request->node,
			     (long long)(now_ns - request->sent_ns) / NS_PER_MS,
			     request->cancelled ? ", cancelled" : "");
		forget(client, request);
	}
}
