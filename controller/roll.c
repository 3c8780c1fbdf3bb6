#include "controller/roll.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/daemon.h"
#include "controller/doubt.h"
#include "controller/pending.h"

#include <errno.h>
#include <stdlib.h>

#define QUIET_LIMIT_MS 2000
#define QUIET_LIMIT_BEATS 4
#define STARVED_LIMIT_NS (30 * NS_PER_S) /* while a missing node waits for a processor */

static int by_id(const void *a, const void *b)
{
	const struct roll_entry *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_rank(const void *a, const void *b)
{
	const struct roll_entry *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Nodes that are being created or removed take no part in a roll call. */
static bool is_counted(const struct node *node)
{
	return node->state != NODE_CREATING && node->state != NODE_REMOVED;
}

static struct roll *make_roll(struct daemon *daemon, const struct roll_kind *kind)
{
	struct roll *roll =
	    calloc(1, sizeof(*roll) + daemon->tree.count * sizeof(struct roll_entry));

	if (!roll)
		return NULL;
	roll->kind = kind;
	roll->limit_ns = clock_ns() + STARVED_LIMIT_NS;
	for (const struct node *node = tree_walk(daemon->tree.root); node; node = node->walk) {
		if (!is_counted(node))
			continue;
		roll->entries[roll->count] = (struct roll_entry){
		    .id = node->id,
		    .rank = roll->count,
		    .presence = node->available ? ROLL_MISSING : ROLL_UNAVAILABLE,
		    .value = ROLL_UNKNOWN,
		};
		roll->count++;
		roll->missing += node->available;
	}
	qsort(roll->entries, roll->count, sizeof(struct roll_entry), by_id);
	return roll;
}

void roll_sort(struct roll *roll)
{
	qsort(roll->entries, roll->count, sizeof(roll->entries[0]), by_rank);
}

struct roll_entry *roll_find(struct roll *roll, uint32_t id)
{
	return bsearch(&(struct roll_entry){.id = id}, roll->entries, roll->count,
		       sizeof(roll->entries[0]), by_id);
}

static bool note(struct daemon *daemon, struct pending *pending, uint32_t id,
		 enum presence presence)
{
	struct roll *roll = pending->own;
	struct roll_entry *entry = roll_find(roll, id);

	if (!entry || entry->presence != ROLL_MISSING)
		return false;
	entry->presence = presence;
	roll->missing--;
	if (roll->missing)
		return false;
	roll->kind->answer(daemon, &pending->asker, roll);
	return true;
}

static int quiet_limit_ms(const struct daemon *daemon)
{
	int beats_ms = QUIET_LIMIT_BEATS * daemon->beat_ms;

	/*
	 * The time-out must be long enough to notice a silent node before it ends. It is bounded,
	 * so that no client waits for hours.
	 */
	if (beats_ms > PENDING_LIMIT_MS)
		return PENDING_LIMIT_MS;
	return beats_ms > QUIET_LIMIT_MS ? beats_ms : QUIET_LIMIT_MS;
}

static bool replied(struct daemon *daemon, struct pending *pending,
		    const struct wire_header *header, struct wire_reader *body)
{
	struct roll *roll = pending->own;

	if (roll->kind->take)
		roll->kind->take(daemon, roll, body);
	pending_set_limit(daemon, pending, quiet_limit_ms(daemon));
	return note(daemon, pending, header->source, ROLL_ANSWERED);
}

static bool erred(struct daemon *daemon, struct pending *pending, uint32_t node)
{
	return note(daemon, pending, node, ROLL_UNAVAILABLE);
}

static bool is_starved(struct daemon *daemon, const struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++)
		if (roll->entries[i].presence == ROLL_MISSING &&
		    doubt_is_starved(tree_find(&daemon->tree, roll->entries[i].id)))
			return true;
	return false;
}

/*
 * No reply has come for a while. True: the roll call goes on, since a missing node waits for a
 * processor. Else starts a doubt about each missing node that counts as available: if such a node
 * is not linked to its parent, the parent does not watch it.
 */
static bool expired(struct daemon *daemon, struct pending *pending)
{
	struct roll *roll = pending->own;

	if (clock_ns() < roll->limit_ns && is_starved(daemon, roll)) {
		pending_set_limit(daemon, pending, quiet_limit_ms(daemon));
		return true;
	}
	for (size_t i = 0; i < roll->count; i++) {
		struct node *node = tree_find(&daemon->tree, roll->entries[i].id);

		if (!node || !node->available || roll->entries[i].presence != ROLL_MISSING)
			continue;
		node->unanswered = true;
		doubt_begin(daemon, node);
	}
	return false;
}

/*
 * The time-out has passed, or the root cannot be reached: the client gets the replies that have
 * come.
 */
static void ended(struct daemon *daemon, struct pending *pending, const struct err *err)
{
	struct roll *roll = pending->own;

	if (daemon->ending)
		api_error(&daemon->api, &pending->asker, err);
	else
		roll->kind->answer(daemon, &pending->asker, roll);
}

static bool swept(struct daemon *daemon, struct pending *pending)
{
	struct roll *roll = pending->own;

	for (size_t i = 0; i < roll->count; i++) {
		const struct node *node;

		if (roll->entries[i].presence != ROLL_MISSING)
			continue;
		node = tree_find(&daemon->tree, roll->entries[i].id);
		if (node && node->available)
			continue;
		if (note(daemon, pending, roll->entries[i].id, ROLL_UNAVAILABLE))
			return true;
	}
	return false;
}

static void release(struct pending *pending)
{
	free(pending->own);
}

static const struct pending_kind roll_kind = {
    .name = "roll-call",
    .reply = replied,
    .fail = ended,
    .sweep = swept,
    .expire = expired,
    .error = erred,
    .release = release,
    .from_anyone = true,
};

void roll_call(struct daemon *daemon, const struct asker *asker, const struct roll_kind *kind)
{
	struct wire_header header = {.type = WIRE_REQUEST, .flags = WIRE_BROADCAST};
	autofree struct roll *roll = make_roll(daemon, kind);
	struct wire_body body = WIRE_BODY_INIT;
	struct pending *pending;

	if (!roll) {
		api_refuse(&daemon->api, asker, -ENOMEM, "the controller is out of memory");
		return;
	}
	if (!roll->missing) {
		kind->answer(daemon, asker, roll);
		return;
	}
	pending =
	    pending_add(daemon, &roll_kind, asker, daemon->tree.root->id, quiet_limit_ms(daemon));
	if (!pending)
		return;
	pending->own = steal_ptr(&roll);
	header.target = pending->target;
	wire_put_array(&body, 1);
	wire_put_uint(&body, kind->op);
	pending_send(daemon, pending, header, &body);
	wire_body_release(&body);
}
