#include "controller/grow.h"

#include "base/cleanup.h"
#include "controller/batch.h"
#include "controller/create.h"
#include "controller/daemon.h"
#include "controller/idlist.h"
#include "controller/limit.h"
#include "controller/members.h"
#include "controller/place.h"

#include <errno.h>
#include <stdlib.h>

/* The ids of a grow come level by level, so that all nodes of a level can be created at once. */
static const struct batch_kind grow_kind = {
    .shape = BATCH_SUM, .step = CREATE_STEP, .has_room = create_has_room, .start = create_start};

void grow_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	autofree uint32_t *ids = NULL;
	struct batch *batch;
	struct err err;
	int progress = false;
	json_int_t count;

	if (members_take(request, &err, "{s:I, s?b}", "count", &count, "progress", &progress) < 0) {
		api_error(&daemon->api, asker, &err);
		return;
	}
	if (count < 1 || count > IDLIST_MAX) {
		api_refuse(&daemon->api, asker, -EINVAL, "count must be 1 to %d", IDLIST_MAX);
		return;
	}
	for (uint32_t id = 1; id <= count; id++) {
		if (tree_find(&daemon->tree, id)) {
			api_refuse(&daemon->api, asker, -EEXIST,
				   "Already exists: %u (grow makes nodes 1 to N; create makes "
				   "single ones)",
				   id);
			return;
		}
	}
	ids = calloc((size_t)count, sizeof(*ids));
	if (!ids || place_balanced((uint32_t)count, ids) < 0) {
		api_refuse(&daemon->api, asker, -ENOMEM, "the controller is out of memory");
		return;
	}
	batch = batch_add(daemon, &grow_kind, asker, steal_ptr(&ids), (size_t)count, progress);
	if (batch)
		limit_inherit(&daemon->launcher.limits, &batch->limits);
}
