/*
 * The roll-call: one broadcast from the root, and the answers of all who are
 * available, as they come. It ends when nobody is missing any more, be it that he
 * answered or that he was lost meanwhile, or when for a while nobody new was heard.
 */
#include "controller/pending.h"
#include "controller/query.h"

#include "base/cleanup.h"
#include "controller/beat.h"
#include "controller/daemon.h"

#include <stdlib.h>

#define QUIET_LIMIT_MS 2000
#define QUIET_LIMIT_BEATS 4

enum presence { MISSING, ANSWERED, UNAVAILABLE };

struct entry {
	uint32_t id;
	uint32_t rank; /* parents before children */
	enum presence presence;
};

struct roll {
	size_t missing;
	size_t count;
	struct entry entries[]; /* by id while it is open */
};

static int by_id(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_rank(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Those being made or taken down are neither here nor missing. */
static bool is_counted(const struct node *node)
{
	return node->state != NODE_CREATING && node->state != NODE_REMOVED;
}

static struct roll *make_roll(struct daemon *daemon)
{
	struct roll *roll = calloc(1, sizeof(*roll) + daemon->tree.count * sizeof(struct entry));

	if (!roll)
		return NULL;
	for (const struct node *node = tree_walk(daemon->tree.root); node; node = node->walk) {
		if (!is_counted(node))
			continue;
		roll->entries[roll->count] = (struct entry){
		    .id = node->id,
		    .rank = roll->count,
		    .presence = node->available ? MISSING : UNAVAILABLE,
		};
		roll->count++;
		roll->missing += node->available;
	}
	qsort(roll->entries, roll->count, sizeof(struct entry), by_id);
	return roll;
}

static json_t *list(const struct roll *roll, bool answered)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < roll->count; i++)
		if ((roll->entries[i].presence == ANSWERED) == answered)
			json_array_append_new(ids, json_integer(roll->entries[i].id));
	return ids;
}

static void answer(struct daemon *daemon, const struct asker *asker, struct roll *roll)
{
	qsort(roll->entries, roll->count, sizeof(struct entry), by_rank);
	api_answer(&daemon->api, asker,
		   json_pack("{s:o, s:o}", "answered", list(roll, true), "unavailable",
			     list(roll, false)));
}

static bool note(struct daemon *daemon, struct pending *pending, uint32_t id,
		 enum presence presence)
{
	struct roll *roll = pending->own;
	struct entry *entry =
	    bsearch(&(struct entry){.id = id}, roll->entries, roll->count, sizeof(*entry), by_id);

	if (!entry || entry->presence != MISSING)
		return false;
	entry->presence = presence;
	roll->missing--;
	if (roll->missing)
		return false;
	answer(daemon, &pending->asker, roll);
	return true;
}

static int quiet_limit_ms(const struct daemon *daemon)
{
	int beats_ms = QUIET_LIMIT_BEATS * daemon->beat_ms;

	/* So that silence is noticed as such first, but nobody waits for hours. */
	if (beats_ms > PENDING_LIMIT_MS)
		return PENDING_LIMIT_MS;
	return beats_ms > QUIET_LIMIT_MS ? beats_ms : QUIET_LIMIT_MS;
}

static bool replied(struct daemon *daemon, struct pending *pending,
		    const struct wire_header *header, struct wire_reader *body)
{
	(void)body;
	pending_set_limit(daemon, pending, quiet_limit_ms(daemon));
	return note(daemon, pending, header->source, ANSWERED);
}

static bool erred(struct daemon *daemon, struct pending *pending, uint32_t node)
{
	return note(daemon, pending, node, UNAVAILABLE);
}

/* Out of time, or the root is not to be reached: those who answered did. */
static void ended(struct daemon *daemon, struct pending *pending, const char *text)
{
	if (daemon->ending)
		api_error(&daemon->api, &pending->asker, "%s", text);
	else
		answer(daemon, &pending->asker, pending->own);
}

static bool swept(struct daemon *daemon, struct pending *pending)
{
	struct roll *roll = pending->own;

	for (size_t i = 0; i < roll->count; i++) {
		const struct node *node;

		if (roll->entries[i].presence != MISSING)
			continue;
		node = tree_find(&daemon->tree, roll->entries[i].id);
		if (node && node->available)
			continue;
		if (note(daemon, pending, roll->entries[i].id, UNAVAILABLE))
			return true;
	}
	return false;
}

static void release(struct pending *pending)
{
	free(pending->own);
}

static const struct pending_kind ping_kind = {
    .name = "ping",
    .reply = replied,
    .fail = ended,
    .sweep = swept,
    .error = erred,
    .release = release,
    .from_anyone = true,
};

void query_ping_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	struct wire_header header = {.type = WIRE_REQUEST, .flags = WIRE_BROADCAST};
	autofree struct roll *roll = make_roll(daemon);
	struct wire_body body = WIRE_BODY_INIT;
	struct pending *pending = NULL;

	if (json_object_size(request)) {
		api_error(&daemon->api, asker, "ping takes no members");
		return;
	}
	if (roll && !roll->missing) {
		answer(daemon, asker, roll);
		return;
	}
	if (roll)
		pending = pending_add(daemon, &ping_kind, asker, daemon->tree.root->id,
				      quiet_limit_ms(daemon));
	if (!pending) {
		api_error(&daemon->api, asker, "too many requests at once");
		return;
	}
	pending->own = steal_ptr(&roll);
	header.target = pending->target;
	wire_put_array(&body, 1);
	wire_put_uint(&body, OP_PING);
	pending_send(daemon, pending, header, &body);
	wire_body_release(&body);
}
