/*
 * Fuzzes the controller's API: requests of one frame or more. The tree has nodes in several states,
 * or none; the launcher and the root accept messages or have no room. For any input, each reply is
 * JSON. Each request gets a final reply, except for commands that have no reply.
 * The first octet of an input holds flags (LAUNCHER_IS_FULL to NO_TREE). The requests follow, one
 * on each line. An octet 0x1e separates the frames of a request.
 */
#include "tests/fuzz/fuzz.h"

#include "controller/attach.h"
#include "controller/batch.h"
#include "controller/command.h"
#include "controller/create.h"
#include "controller/creation.h"
#include "controller/daemon.h"
#include "controller/doubt.h"
#include "controller/loss.h"
#include "controller/pending.h"
#include "controller/remove.h"
#include "controller/usage.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LAUNCHER_IS_FULL 1
#define ROOT_IS_FULL 2
#define ONE_TURN 4 /* settle() runs once, after all requests */
#define NO_TREE 8
#define FRAME_ENDS 0x1e
#define REQUESTS_MAX 16

/* --- stand-ins for libzmq's sockets, the launcher and /proc --- */

static struct {
	const uint8_t *next, *end; /* the unread rest of this request */
	bool begun;		   /* the first frame, the client's identity, was read */
	bool more;
	int flags;
	size_t answers; /* final replies */
} world;

static char router, trunk, pub;

int zmq_msg_recv(zmq_msg_t *msg, void *socket, int flags)
{
	const uint8_t *end;

	(void)flags;
	if (socket != &router || !world.next) {
		errno = EAGAIN;
		return -1;
	}
	zmq_msg_close(msg);
	if (!world.begun) {
		world.begun = world.more = true;
		must(zmq_msg_init_size(msg, 5) == 0);
		memcpy(zmq_msg_data(msg), "asker", 5);
		return 5;
	}
	end = memchr(world.next, FRAME_ENDS, (size_t)(world.end - world.next));
	world.more = end != NULL;
	if (!end)
		end = world.end;
	must(zmq_msg_init_size(msg, (size_t)(end - world.next)) == 0);
	memcpy(zmq_msg_data(msg), world.next, (size_t)(end - world.next));
	world.next = world.more ? end + 1 : NULL;
	return (int)zmq_msg_size(msg);
}

int zmq_msg_more(const zmq_msg_t *msg)
{
	(void)msg;
	return world.more;
}

static void take_answer(const char *text, size_t len)
{
	json_t *answer = json_loadb(text, len, 0, NULL);

	must(json_is_object(answer));
	must(json_object_get(answer, "id"));
	if (!json_object_get(answer, "more"))
		world.answers++;
	json_decref(answer);
}

int zmq_send(void *socket, const void *data, size_t len, int flags)
{
	static bool named; /* the previous frame was the client's identity */

	if (socket == &trunk && world.flags & ROOT_IS_FULL) {
		errno = EAGAIN;
		return -1;
	}
	if (socket == &pub) {
		json_t *event = json_loadb(data, len, 0, NULL);

		must(json_is_object(event));
		json_decref(event);
	}
	if (socket != &router)
		return (int)len;
	/* A reply has two or three frames: the client's identity, the JSON and perhaps bytes. */
	if (named)
		take_answer(data, len);
	named = !named && flags & ZMQ_SNDMORE && len == 5 && !memcmp(data, "asker", 5);
	return (int)len;
}

int zmq_close(void *socket)
{
	(void)socket;
	return 0;
}

static int ask_launcher(struct err *err)
{
	return world.flags & LAUNCHER_IS_FULL ? err_errno(err, -EAGAIN, "ask the launcher") : 0;
}

int launcher_create(struct launcher *launcher, const struct sandbox_spec *spec, struct err *err)
{
	(void)launcher;
	must(spec->id <= SANDBOX_ID_MAX && memchr(spec->boot, '\0', sizeof(spec->boot)));
	return ask_launcher(err);
}

int launcher_remove(struct launcher *launcher, const uint32_t *ids, size_t count, uint64_t ticket,
		    struct err *err)
{
	(void)launcher;
	(void)ids;
	(void)ticket;
	must(count > 0 && count <= SANDBOX_REMOVE_MAX);
	return ask_launcher(err);
}

int launcher_kill(struct launcher *launcher, uint32_t id, int signal, struct err *err)
{
	(void)launcher;
	(void)id;
	must(signal >= 1 && signal <= 64);
	return ask_launcher(err);
}

int launcher_freeze(struct launcher *launcher, uint32_t id, bool freeze, uint64_t ticket,
		    struct err *err)
{
	(void)launcher;
	(void)id;
	(void)freeze;
	(void)ticket;
	return ask_launcher(err);
}

int launcher_limit(struct launcher *launcher, uint32_t id, const struct sandbox_limits *limits,
		   uint64_t ticket, struct err *err)
{
	(void)launcher;
	(void)id;
	(void)ticket;
	must(!limits->memory_bytes || limits->memory_bytes >= 1 << 20);
	return ask_launcher(err);
}

int launcher_link(struct launcher *launcher, uint32_t id, struct err *err)
{
	(void)launcher;
	(void)id;
	return ask_launcher(err);
}

int launcher_note(struct launcher *launcher, uint32_t id, uint64_t note, struct err *err)
{
	(void)launcher;
	(void)id;
	(void)note;
	return ask_launcher(err);
}

int usage_read(const char *proc, struct usage *usages, size_t count, struct err *err)
{
	(void)proc;
	(void)err;
	for (size_t i = 0; i < count; i++)
		usages[i].known = false;
	return 0;
}

const struct usage *usage_find(const struct usage *usages, size_t count, pid_t pid)
{
	(void)pid;
	return count ? usages : NULL;
}

void daemon_serves(struct daemon *daemon)
{
	(void)daemon;
}

/* --- a tree --- */

/* Adds a root, children in several states, and a running child below each of them. */
static void plant(struct daemon *daemon)
{
	static const enum node_state states[] = {NODE_RUNNING, NODE_SUSPECT,	NODE_FROZEN,
						 NODE_LOST,    NODE_RESTARTING, NODE_RUNNING};
	struct node *root = tree_add(&daemon->tree, 1, NULL), *node;

	must(root);
	root->state = NODE_RUNNING;
	edge_take(&daemon->edges, &root->edge, NULL);
	for (uint32_t i = 0; i < ARRAY_SIZE(states); i++) {
		node = tree_add(&daemon->tree, 2 + i, root);
		must(node);
		node->state = states[i];
		edge_take(&daemon->edges, &node->edge, NULL);
		node = tree_add(&daemon->tree, 20 + i, node);
		must(node);
		node->state = NODE_RUNNING;
		edge_take(&daemon->edges, &node->edge, NULL);
	}
	tree_lighten(root);
}

static bool has_answer(const uint8_t *line, size_t len)
{
	static const char *const silent[] = {"credit", "input", "exec_signal", "resize", "cancel"};
	const uint8_t *end = memchr(line, FRAME_ENDS, len);
	json_t *request = json_loadb((const char *)line, end ? (size_t)(end - line) : len,
				     JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(request, "cmd"));
	bool has = true;

	for (size_t i = 0; name && i < ARRAY_SIZE(silent); i++)
		if (!strcmp(name, silent[i]))
			has = false;
	json_decref(request);
	return has;
}

static void take_line(struct daemon *daemon, const uint8_t *line, size_t len)
{
	struct asker asker;
	json_t *request;
	zmq_msg_t data;

	world.next = line;
	world.end = line + len;
	world.begun = false;
	zmq_msg_init(&data);
	if (api_next(&daemon->api, &asker, &request, &data))
		command_run(daemon, &asker, request, &data);
	zmq_msg_close(&data);
}

/* Does what the controller's loop does after it has read requests. */
static void settle(struct daemon *daemon)
{
	loss_sweep(daemon);
	batch_pump(daemon);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct err ends = {.code = -ECANCELED, .text = "the controller ends"};
	struct daemon daemon = {
	    .lifeline = -1,
	    .greet = -1,
	    .notify = -1,
	    .signals = -1,
	    .launcher = {.fd = -1, .user_ns = -1, .net_ns = -1, .backend = "ns", .isolated = true},
	    .rundir = {.fd = -1, .turn = -1},
	    .pendings_due_ns = INT64_MAX,
	    .recall_ns = INT64_MAX,
	    .beat_ms = 1000,
	    .api = {.router = &router, .pub = &pub, .first_seq = 1},
	    .trunk = {.socket = &trunk},
	};
	size_t wanted = 0, count = 0;

	if (size < 2)
		return 0;
	world.flags = 0;
	world.answers = 0;
	edges_init(&daemon.edges, false);
	if (!(data[0] & NO_TREE))
		plant(&daemon);
	world.flags = data[0];
	for (const uint8_t *line = data + 1, *end; line && count < REQUESTS_MAX && !daemon.ending;
	     count++) {
		end = memchr(line, '\n', (size_t)(data + size - line));
		if (has_answer(line, (size_t)((end ? end : data + size) - line)))
			wanted++;
		take_line(&daemon, line, (size_t)((end ? end : data + size) - line));
		line = end ? end + 1 : NULL;
		if (!(world.flags & ONE_TURN) || !line || daemon.ending)
			settle(&daemon);
	}
	/*
	 * Let all pending requests and creations time out. Then do what a controller does before it
	 * exits.
	 */
	pending_expire(&daemon, INT64_MAX / 2);
	create_expire(&daemon, INT64_MAX / 2);
	pending_fail_all(&daemon, &ends);
	batch_fail_all(&daemon, &ends);
	attach_release(&daemon);
	creation_release(&daemon);
	doubt_release(&daemon);
	remove_release(&daemon);
	must(world.answers + daemon.ending >= wanted);
	tree_release(&daemon.tree);
	edges_release(&daemon.edges);
	api_close(&daemon.api);
	return 0;
}
