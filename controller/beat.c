#include "controller/beat.h"

#include "base/clock.h"
#include "controller/daemon.h"
#include "controller/idlist.h"
#include "controller/intrusion.h"
#include "controller/members.h"
#include "controller/record.h"

#include <errno.h>

#define STARVED_INTERVALS 2

static int64_t interval_ns(const struct daemon *daemon)
{
	return daemon->beat_ms * NS_PER_MS;
}

void beat_init(struct daemon *daemon)
{
	daemon->next_round_ns = clock_ns() + interval_ns(daemon);
}

static bool needs_telling(const struct daemon *daemon, struct node *top)
{
	for (const struct node *node = tree_walk(top); node; node = node->walk)
		if (node->available && node->beat_ms != daemon->beat_ms)
			return true;
	return false;
}

void beat_tell(struct daemon *daemon, struct node *top)
{
	struct wire_header header = {
	    .type = WIRE_REQUEST,
	    .flags = WIRE_BROADCAST,
	    .target = top->id,
	    /*
	     * No pending request takes the replies. The message still has a request number of its
	     * own, so that its replies are not taken for those to another request.
	     */
	    .request = ++daemon->last_request,
	};
	struct wire_body body = WIRE_BODY_INIT;

	if (!needs_telling(daemon, top))
		return;
	wire_put_array(&body, 2);
	wire_put_uint(&body, OP_BEAT);
	wire_put_uint(&body, (uint64_t)daemon->beat_ms);
	if (trunk_send(&daemon->trunk, header, &body, NULL) == 0)
		for (struct node *node = tree_walk(top); node; node = node->walk)
			if (node->available)
				node->beat_ms = daemon->beat_ms;
	wire_body_release(&body);
}

void beat_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	int64_t now_ns = clock_ns();
	struct err err;
	json_int_t ms;

	if (members_take(request, &err, "{s:I}", "ms", &ms) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	if (ms < BEAT_MIN_MS || ms > BEAT_MAX_MS) {
		api_refuse(&daemon->api, asker, -EINVAL, "ms must be %d to %d", BEAT_MIN_MS,
			   BEAT_MAX_MS);
		return;
	}
	daemon->beat_ms = (int)ms;
	record_settings(daemon);
	daemon->next_round_ns = now_ns + interval_ns(daemon);
	if (daemon->tree.root && daemon->tree.root->available)
		beat_tell(daemon, daemon->tree.root);
	watch_restart(&daemon->root_watch, now_ns, interval_ns(daemon));
	api_answer(&daemon->api, asker, json_pack("{s:I}", "ms", ms));
}

void beat_heard(struct daemon *daemon)
{
	daemon->root_heard_ns = clock_ns();
	watch_heard(&daemon->root_watch, daemon->root_heard_ns, interval_ns(daemon));
}

void beat_late(struct daemon *daemon, int64_t now_ns, int64_t late_ns)
{
	if (late_ns <= STARVED_INTERVALS * interval_ns(daemon))
		return;
	if (now_ns >= watch_deadline(&daemon->root_watch))
		api_publish(&daemon->api, json_pack("{s:s, s:n}", "event", "starved", "node"));
	watch_restart(&daemon->root_watch, now_ns, interval_ns(daemon));
}

void beat_tell_round(struct daemon *daemon, int64_t now_ns)
{
	json_t *alive;

	if (now_ns < daemon->next_round_ns)
		return;
	daemon->next_round_ns += interval_ns(daemon);
	if (daemon->next_round_ns <= now_ns)
		daemon->next_round_ns = now_ns + interval_ns(daemon);
	intrusion_look(daemon);
	if (!daemon->tree.root)
		return;
	alive = json_array();
	for (const struct node *node = tree_walk(daemon->tree.root); node; node = node->walk)
		if (node->available)
			json_array_append_new(alive, json_integer(node->id));
	api_publish_passing(&daemon->api,
			    json_pack("{s:s, s:o}", "event", "round", "alive", alive));
}

int64_t beat_deadline(const struct daemon *daemon)
{
	int64_t watch_ns = watch_deadline(&daemon->root_watch);

	return watch_ns < daemon->next_round_ns ? watch_ns : daemon->next_round_ns;
}
