#include "controller/command.h"

#include "base/cleanup.h"
#include "controller/beat.h"
#include "controller/create.h"
#include "controller/daemon.h"
#include "controller/exec.h"
#include "controller/grow.h"
#include "controller/query.h"
#include "controller/remove.h"

#include <string.h>

static void shutdown_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	if (json_object_size(request)) {
		api_error(&daemon->api, asker, "shutdown takes no members");
		return;
	}
	daemon->shutdown = *asker;
	daemon_end(daemon, 0, "an operator has shut it down");
}

static const struct {
	const char *name;
	/* `request` without its id and cmd; borrowed. */
	void (*run)(struct daemon *daemon, const struct asker *asker, json_t *request);
} commands[] = {
    {"create", create_command},	     {"remove", remove_command},      {"grow", grow_command},
    {"ping", query_ping_command},    {"timer", query_timer_command},  {"exec", exec_command},
    {"credit", exec_credit_command}, {"cancel", exec_cancel_command}, {"heartbeat", beat_command},
    {"stats", query_stats_command},  {"shutdown", shutdown_command},
};

void command_run(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "cmd"));
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			break;
	if (!name) {
		api_error(&daemon->api, asker, "cmd must be the name of a command");
	} else if (i == ARRAY_SIZE(commands)) {
		api_error(&daemon->api, asker, "unknown cmd: %.64s", name);
	} else {
		/* What is left are the command's own members, all of which it must know. */
		json_object_del(request, "id");
		json_object_del(request, "cmd");
		commands[i].run(daemon, asker, request);
	}
	json_decref(request);
}
