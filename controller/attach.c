#include "controller/attach.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/daemon.h"
#include "controller/idlist.h"
#include "controller/loss.h"
#include "controller/pending.h"
#include "controller/recall.h"
#include "controller/record.h"
#include "controller/restart.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#define CONNECT_LIMIT_NS (5 * NS_PER_S) /* for the root's agent to connect to the trunk */
#define CONNECT_LOOK_NS (2 * NS_PER_MS)
#define QUIET_LIMIT_MS 2000 /* the roll call ends after so long without a further node's reply */

enum step { LISTING, CONNECTING, CALLING, DONE };

struct attach {
	enum step step;
	struct sandbox_event *held;
	size_t count, alloc;
	size_t missing;	  /* nodes that have not replied to the roll call */
	int64_t next_ns;  /* when attach_step must continue the current step */
	int64_t limit_ns; /* CONNECTING: when to give up waiting for the root */
	json_t *dropped;  /* ids of the nodes that the take-over removes */
};

int attach_begin(struct daemon *daemon, struct err *err)
{
	daemon->attach = calloc(1, sizeof(*daemon->attach));
	if (!daemon->attach)
		return err_errno(err, -ENOMEM, "attach to the launcher");
	daemon->attach->dropped = json_array();
	/*
	 * The launcher needs no time-out while it lists its record: if it exits, its socket is
	 * closed.
	 */
	daemon->attach->next_ns = INT64_MAX;
	/* The numbers of requests and tickets must differ from those of former controllers. */
	daemon->last_request = (uint64_t)daemon->launcher.generation << 32;
	daemon->last_ticket = daemon->last_request;
	return 0;
}

void attach_release(struct daemon *daemon)
{
	if (!daemon->attach)
		return;
	json_decref(daemon->attach->dropped);
	free(daemon->attach->held);
	free(steal_ptr(&daemon->attach));
}

bool attach_is_open(const struct daemon *daemon)
{
	return daemon->attach && daemon->attach->step != DONE;
}

/*
 * Tells the parent of each dropped node to forget the edge, since a former controller may have sent
 * the parent a LINK for it.
 */
static void forget_dropped(struct daemon *daemon)
{
	const struct attach *attach = daemon->attach;

	for (size_t i = 0; i < attach->count; i++) {
		struct wire_header header = {.type = WIRE_DISCONNECT,
					     .source = attach->held[i].id,
					     .target = attach->held[i].parent};
		const struct node *parent = tree_find(&daemon->tree, header.target);

		if (!tree_find(&daemon->tree, header.source) && parent && parent->available)
			trunk_send(&daemon->trunk, header, NULL, NULL);
	}
}

/*
 * If a parent is younger than its child, the parent was restarted. If the former controller died
 * during that restart, the network link between the two may be missing: request it again.
 */
static void relink_survivors(struct daemon *daemon)
{
	struct node *node, *next;

	HASH_ITER(hh, daemon->tree.by_id, node, next)
		if (node->missed && node->parent && node->parent->since_ns > node->since_ns &&
		    node->state != NODE_LOST && node->parent->state != NODE_LOST)
			launcher_link(&daemon->launcher, node->id, NULL);
}

static void finish(struct daemon *daemon)
{
	struct attach *attach = daemon->attach;
	struct node *node, *next;

	attach->step = DONE;
	attach->next_ns = clock_ns();
	relink_survivors(daemon);
	/*
	 * Go from parents to children: if a parent is missed, its silence explains the silence of
	 * the nodes below it.
	 */
	for (node = tree_walk(daemon->tree.root); node;) {
		if (node->missed && node->available) {
			loss_silent(daemon, node); /* loss_silent overwrites `walk`: start over */
			recall_doubt(daemon, node);
			node = tree_walk(daemon->tree.root);
		} else {
			node = node->walk;
		}
	}
	api_publish(&daemon->api,
		    json_pack("{s:s, s:I, s:O}", "event", "attached", "generation",
			      (json_int_t)daemon->launcher.generation, "dropped", attach->dropped));
	HASH_ITER(hh, daemon->tree.by_id, node, next) {
		if (!node->missed || node->state != NODE_LOST)
			continue;
		node->missed = false;
		restart_lost(daemon, node);
	}
	forget_dropped(daemon);
	recall_begin(daemon);
	daemon_serves(daemon);
}

/* --- the roll-call --- */

static bool take_silent_children(struct daemon *daemon, struct node *parent,
				 struct wire_reader *body)
{
	uint32_t members;
	uint64_t id;

	if (!wire_get_array(body, &members))
		return false;
	for (uint32_t i = 0; i < members; i++) {
		struct node *child;

		if (!wire_get_uint(body, &id) || id > WIRE_NODE_MAX)
			return false;
		child = tree_find(&daemon->tree, (uint32_t)id);
		if (child && child->parent == parent)
			loss_silent(daemon, child);
	}
	return wire_reader_done(body);
}

static size_t count_missing(struct daemon *daemon)
{
	size_t count = 0;

	for (const struct node *node = tree_walk(daemon->tree.root); node; node = node->walk)
		count += node->missed && node->available;
	return count;
}

static bool replied(struct daemon *daemon, struct pending *pending,
		    const struct wire_header *header, struct wire_reader *body)
{
	struct node *node = tree_find(&daemon->tree, header->source);

	if (!node || !node->missed)
		return false;
	node->missed = false;
	node->beat_ms = daemon->beat_ms;
	if (!take_silent_children(daemon, node, body))
		daemon->trunk.foreign++;
	pending_set_limit(daemon, pending, QUIET_LIMIT_MS);
	if (--daemon->attach->missing)
		return false;
	finish(daemon);
	return true;
}

static bool swept(struct daemon *daemon, struct pending *pending)
{
	(void)pending;
	if (!attach_is_open(daemon))
		return true;
	daemon->attach->missing = count_missing(daemon);
	if (daemon->attach->missing)
		return false;
	finish(daemon);
	return true;
}

static bool erred(struct daemon *daemon, struct pending *pending, uint32_t node)
{
	(void)daemon;
	(void)pending;
	(void)node;
	return false;
}

static void ended(struct daemon *daemon, struct pending *pending, const struct err *err)
{
	(void)pending;
	(void)err;
	if (!daemon->ending && attach_is_open(daemon))
		finish(daemon);
}

static const struct pending_kind call_kind = {
    .name = "attach",
    .reply = replied,
    .fail = ended,
    .sweep = swept,
    .error = erred,
    .from_anyone = true,
};

/* Sends the root the roll call. False: that failed, and the caller tries again. */
static bool call(struct daemon *daemon)
{
	struct wire_header header = {.type = WIRE_REQUEST, .flags = WIRE_BROADCAST};
	struct wire_body body = WIRE_BODY_INIT;
	struct pending *pending;
	int r;

	pending = pending_add(daemon, &call_kind, NULL, daemon->tree.root->id, QUIET_LIMIT_MS);
	if (!pending)
		return false;
	header.target = pending->target;
	header.request = pending->number;
	wire_put_array(&body, 2);
	wire_put_uint(&body, OP_ATTACH);
	wire_put_uint(&body, (uint64_t)daemon->beat_ms);
	r = trunk_send(&daemon->trunk, header, &body, NULL);
	wire_body_release(&body);
	if (r < 0) {
		pending_drop(daemon, pending);
		return false;
	}
	daemon->attach->step = CALLING;
	daemon->attach->next_ns = INT64_MAX;
	return true;
}

/* --- the record --- */

static int adopt(struct daemon *daemon, struct sandbox_event *held)
{
	struct node *parent = NULL, *node;
	uint32_t edge;

	if (held->parent == SANDBOX_NO_PARENT ? daemon->tree.root != NULL
					      : !(parent = tree_find(&daemon->tree, held->parent)))
		return -EAGAIN;
	if (edge_claim(&daemon->edges, held->parent_addr, &edge) < 0)
		return -EINVAL;
	node = tree_add(&daemon->tree, held->id, parent);
	if (!node)
		return -ENOMEM;
	node->edge = edge;
	node->pid = held->pid;
	node->note = node->noted = held->note;
	node->limits = held->limits;
	node->linked = true; /* assumed, so that a removal tells the parent to forget the edge */
	node->since_ns = held->time_ns;
	state_next(&node->state, NODE_SIGNED_ON);
	if (held->life == SANDBOX_STARTING) {
		restart_adopt(node);
		return 0;
	}
	if (held->note & RECORD_FROZEN)
		state_next(&node->state, NODE_FREEZE);
	/*
	 * A node counts as missed until it replies. A frozen node cannot reply, so it stays missed
	 * until it is thawed, and is asked then.
	 */
	node->missed = held->life == SANDBOX_UP;
	return 0;
}

static void drop(struct daemon *daemon, const struct sandbox_event *held)
{
	uint32_t edge;

	json_array_append_new(daemon->attach->dropped, json_integer(held->id));
	/*
	 * The parent's agent may still have the edge's address bound. Giving the number back keeps
	 * it unused for a while, as after a removal.
	 */
	if (edge_claim(&daemon->edges, held->parent_addr, &edge) == 0)
		edge_give_back(&daemon->edges, edge);
	/*
	 * Request the removal once, without a retry. If something of the node remains, the next
	 * controller drops it.
	 */
	launcher_remove(&daemon->launcher, &held->id, 1, 0, NULL);
}

/*
 * The launcher's record lists parents before children, except children that survived their parent's
 * restart. So go through the record until no further node finds its parent in the tree.
 */
static void build_tree(struct daemon *daemon)
{
	struct attach *attach = daemon->attach;
	bool progress = true;

	while (progress) {
		progress = false;
		for (size_t i = 0; i < attach->count; i++) {
			struct sandbox_event *held = &attach->held[i];

			if (!(held->note & RECORD_SIGNED_ON) || tree_find(&daemon->tree, held->id))
				continue;
			progress |= adopt(daemon, held) == 0;
		}
	}
	for (size_t i = attach->count; i-- > 0;)
		if (!tree_find(&daemon->tree, attach->held[i].id))
			drop(daemon, &attach->held[i]);
	if (daemon->tree.root)
		tree_lighten(daemon->tree.root);
	for (size_t i = 0; i < attach->count; i++) {
		struct node *node = tree_find(&daemon->tree, attach->held[i].id);

		/*
		 * Do not carry out the policy for exits (restart_lost) yet: the nodes cannot be
		 * reached. `finish` does it.
		 */
		if (node && attach->held[i].life == SANDBOX_OVER)
			node->missed = loss_over(daemon, node, &attach->held[i]) ||
				       (node->note & RECORD_RESTARTS);
	}
}

static void listed(struct daemon *daemon)
{
	struct attach *attach = daemon->attach;
	const struct node *root;
	char endpoint[EDGE_ENDPOINT_BYTES];
	struct err err;
	int r;

	build_tree(daemon);
	root = daemon->tree.root;
	attach->missing = count_missing(daemon);
	if (!attach->missing) {
		finish(daemon);
		return;
	}
	edge_endpoint(&daemon->edges, root->edge, endpoint);
	r = trunk_open(&daemon->trunk, daemon->context, endpoint, &err);
	if (r == -EADDRNOTAVAIL) {
		/*
		 * The root's sandbox has just exited, and the root's link has vanished with it. The
		 * launcher's event EXITED follows.
		 */
		finish(daemon);
		return;
	}
	if (r < 0) {
		daemon_end(daemon, 1, err.text);
		return;
	}
	attach->step = CONNECTING;
	attach->next_ns = clock_ns();
	attach->limit_ns = attach->next_ns + CONNECT_LIMIT_NS;
}

void attach_sandbox_event(struct daemon *daemon, const struct sandbox_event *event)
{
	struct attach *attach = daemon->attach;
	struct sandbox_event *grown;

	if (!attach || attach->step != LISTING)
		return;
	if (event->kind == SANDBOX_LISTED) {
		listed(daemon);
		return;
	}
	if (attach->count == attach->alloc) {
		attach->alloc = attach->alloc ? 2 * attach->alloc : 64;
		grown = reallocarray(attach->held, attach->alloc, sizeof(*grown));
		if (!grown) {
			daemon_end(daemon, 1, "out of memory for the launcher's record");
			return;
		}
		attach->held = grown;
	}
	attach->held[attach->count++] = *event;
}

int64_t attach_step(struct daemon *daemon, int64_t now_ns)
{
	struct attach *attach = daemon->attach;

	if (!attach)
		return INT64_MAX;
	if (attach->step == DONE) {
		attach_release(daemon);
		return INT64_MAX;
	}
	if (now_ns < attach->next_ns)
		return attach->next_ns;
	if (!call(daemon)) {
		attach->next_ns = now_ns + CONNECT_LOOK_NS;
		if (now_ns >= attach->limit_ns)
			finish(daemon);
	}
	return attach->next_ns;
}
