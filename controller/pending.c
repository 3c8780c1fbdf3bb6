/* If the hash table cannot grow, the insertion fails; by default uthash would exit. */
#define HASH_NONFATAL_OOM 1
#include "controller/pending.h"

#include "base/clock.h"
#include "controller/daemon.h"
#include "controller/doubt.h"
#include "controller/unavailable.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static struct pending *add(struct daemon *daemon, const struct pending_kind *kind,
			   const struct asker *asker, uint32_t target)
{
	struct pending *pending;

	if (HASH_COUNT(daemon->pendings) >= PENDING_MAX)
		return NULL;
	pending = calloc(1, sizeof(*pending));
	if (!pending)
		return NULL;
	pending->number = daemon->last_request + 1;
	pending->kind = kind;
	pending->target = target;
	if (asker)
		pending->asker = *asker;
	HASH_ADD(hh, daemon->pendings, number, sizeof(pending->number), pending);
	if (!pending->hh.tbl) {
		free(pending);
		return NULL;
	}
	daemon->last_request++;
	return pending;
}

struct pending *pending_add(struct daemon *daemon, const struct pending_kind *kind,
			    const struct asker *asker, uint32_t target, int limit_ms)
{
	struct pending *pending = add(daemon, kind, asker, target);

	if (pending)
		pending_set_limit(daemon, pending, limit_ms);
	else if (asker)
		api_refuse(&daemon->api, asker, -EAGAIN, "too many requests at once");
	return pending;
}

void pending_set_limit(struct daemon *daemon, struct pending *pending, int limit_ms)
{
	pending->deadline_ns = clock_ns() + limit_ms * NS_PER_MS;
	pending->limit_ns = pending->deadline_ns + PENDING_STARVED_MS * NS_PER_MS;
	if (pending->deadline_ns < daemon->pendings_due_ns)
		daemon->pendings_due_ns = pending->deadline_ns;
}

void pending_drop(struct daemon *daemon, struct pending *pending)
{
	HASH_DELETE(hh, daemon->pendings, pending);
	if (pending->kind->release)
		pending->kind->release(pending);
	free(pending);
}

struct pending *pending_by_number(struct daemon *daemon, const struct pending_kind *kind,
				  uint64_t number)
{
	struct pending *pending;

	HASH_FIND(hh, daemon->pendings, &number, sizeof(number), pending);
	return pending && pending->kind == kind ? pending : NULL;
}

void pending_forget(struct daemon *daemon, uint64_t number)
{
	struct pending *pending;

	HASH_FIND(hh, daemon->pendings, &number, sizeof(number), pending);
	if (pending)
		pending_drop(daemon, pending);
}

void pending_fail(struct daemon *daemon, struct pending *pending, const struct err *err)
{
	if (pending->kind->fail)
		pending->kind->fail(daemon, pending, err);
	else
		api_error(&daemon->api, &pending->asker, err);
	pending_drop(daemon, pending);
}

int pending_send(struct daemon *daemon, struct pending *pending, struct wire_header header,
		 const struct wire_body *body)
{
	struct err err;
	int r;

	header.request = pending->number;
	r = trunk_send(&daemon->trunk, header, body, &err);
	if (r == -EHOSTUNREACH)
		unavailable_error(NULL, &err);
	if (r < 0)
		pending_fail(daemon, pending, &err);
	return r;
}

struct pending *pending_find(struct daemon *daemon, const struct pending_kind *kind,
			     const struct asker *asker)
{
	struct pending *pending, *next;

	HASH_ITER(hh, daemon->pendings, pending, next)
		if (pending->kind == kind && asker_is_same(&pending->asker, asker))
			return pending;
	return NULL;
}

/*
 * An error may come from the target or from a hop on the way to it. For a request to a whole
 * subtree it may come from any node of the subtree.
 */
static bool may_err(struct daemon *daemon, const struct pending *pending, uint32_t source)
{
	const struct node *target = tree_find(&daemon->tree, pending->target);
	const struct node *node = tree_find(&daemon->tree, source);

	if (!node || !target)
		return false;
	return tree_is_within(target, node) ||
	       (pending->kind->from_anyone && tree_is_within(node, target));
}

static bool take_error(struct daemon *daemon, struct pending *pending,
		       const struct wire_header *header, struct wire_reader *body)
{
	struct err err;
	uint32_t members;
	const char *str;
	uint64_t code;
	size_t len;

	if (!may_err(daemon, pending, header->source))
		return false;
	if (pending->kind->error) {
		if (pending->kind->error(daemon, pending, header->source))
			pending_drop(daemon, pending);
		return true;
	}
	if (!wire_get_array(body, &members) || members != 2 || !wire_get_uint(body, &code) ||
	    !wire_get_str(body, &str, &len) || !wire_reader_done(body))
		err_text(&err, -EPROTO, "node %u answered with a broken error", header->source);
	else if (code == EHOSTUNREACH)
		unavailable_error(NULL, &err);
	else
		err_text(&err, code <= INT_MAX ? -(int)code : -EPROTO, "%.*s",
			 len < ERR_TEXT_BYTES ? (int)len : ERR_TEXT_BYTES - 1, str);
	pending_fail(daemon, pending, &err);
	return true;
}

bool pending_answered(struct daemon *daemon, const struct wire_header *header,
		      struct wire_reader *body)
{
	struct pending *pending;

	HASH_FIND(hh, daemon->pendings, &header->request, sizeof(header->request), pending);
	if (!pending)
		return false;
	if (header->type == WIRE_ERROR)
		return take_error(daemon, pending, header, body);
	if (header->source != pending->target && !pending->kind->from_anyone)
		return false;
	if (pending->kind->reply && pending->kind->reply(daemon, pending, header, body))
		pending_drop(daemon, pending);
	return true;
}

void pending_sweep(struct daemon *daemon)
{
	struct pending *pending, *next;

	HASH_ITER(hh, daemon->pendings, pending, next) {
		const struct node *target = tree_find(&daemon->tree, pending->target);
		struct err err;

		if (pending->kind->sweep) {
			if (pending->kind->sweep(daemon, pending))
				pending_drop(daemon, pending);
		} else if (!target || !target->available) {
			unavailable_error(target, &err);
			pending_fail(daemon, pending, &err);
		}
	}
}

static bool waits_for_starved(struct daemon *daemon, struct pending *pending, int64_t now_ns)
{
	if (now_ns >= pending->limit_ns || pending->kind->from_anyone ||
	    !doubt_is_starved(tree_find(&daemon->tree, pending->target)))
		return false;
	pending->deadline_ns = now_ns + NS_PER_S;
	return true;
}

void pending_expire(struct daemon *daemon, int64_t now_ns)
{
	struct pending *pending, *next;
	struct err err;

	if (now_ns < daemon->pendings_due_ns)
		return;
	daemon->pendings_due_ns = INT64_MAX;
	HASH_ITER(hh, daemon->pendings, pending, next) {
		bool over =
		    now_ns >= pending->deadline_ns && !waits_for_starved(daemon, pending, now_ns);

		if (over && pending->kind->expire && pending->kind->expire(daemon, pending))
			over = false;
		if (over) {
			err_text(&err, -ETIMEDOUT, "node %u: no answer to %s in time",
				 pending->target, pending->kind->name);
			pending_fail(daemon, pending, &err);
		} else if (pending->deadline_ns < daemon->pendings_due_ns) {
			daemon->pendings_due_ns = pending->deadline_ns;
		}
	}
}

void pending_fail_all(struct daemon *daemon, const struct err *err)
{
	struct pending *pending, *next;

	HASH_ITER(hh, daemon->pendings, pending, next)
		pending_fail(daemon, pending, err);
}
