#include "controller/daemon.h"
#include "controller/query.h"
#include "controller/roll.h"

#include <errno.h>

static json_t *list(const struct roll *roll, bool answered)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < roll->count; i++)
		if ((roll->entries[i].presence == ROLL_ANSWERED) == answered)
			json_array_append_new(ids, json_integer(roll->entries[i].id));
	return ids;
}

static void answer(struct daemon *daemon, const struct asker *asker, struct roll *roll)
{
	roll_sort(roll);
	api_answer(&daemon->api, asker,
		   json_pack("{s:o, s:o}", "answered", list(roll, true), "unavailable",
			     list(roll, false)));
}

static const struct roll_kind ping_kind = {.op = OP_PING, .answer = answer};

void query_ping_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	if (json_object_size(request))
		api_refuse(&daemon->api, asker, -EINVAL, "ping takes no members");
	else
		roll_call(daemon, asker, &ping_kind);
}
