#include "controller/command.h"

#include "base/cleanup.h"
#include "controller/beat.h"
#include "controller/create.h"
#include "controller/daemon.h"
#include "controller/exec.h"
#include "controller/fault.h"
#include "controller/grow.h"
#include "controller/inspect.h"
#include "controller/limit.h"
#include "controller/query.h"
#include "controller/remove.h"

#include <errno.h>
#include <string.h>

static void shutdown_command(struct daemon *daemon, const struct asker *asker, json_t *request)
{
	if (json_object_size(request)) {
		api_refuse(&daemon->api, asker, -EINVAL, "shutdown takes no members");
		return;
	}
	daemon->shutdown = *asker;
	daemon_end(daemon, 0, "an operator has shut it down");
}

static const struct {
	const char *name;
	/*
	 * Carries out a request of one frame. `request` has lost "id" and "cmd"; the caller keeps
	 * it.
	 */
	void (*run)(struct daemon *daemon, const struct asker *asker, json_t *request);
	/* As `run`, for a command whose request has a second frame, `data`. */
	void (*take)(struct daemon *daemon, const struct asker *asker, json_t *request,
		     zmq_msg_t *data);
} commands[] = {
    {.name = "create", .run = create_command},
    {.name = "remove", .run = remove_command},
    {.name = "grow", .run = grow_command},
    {.name = "ping", .run = query_ping_command},
    {.name = "timer", .run = query_timer_command},
    {.name = "exec", .run = exec_command},
    {.name = "credit", .run = exec_credit_command},
    {.name = "input", .take = exec_input_command},
    {.name = "exec_signal", .run = exec_signal_command},
    {.name = "resize", .run = exec_resize_command},
    {.name = "cancel", .run = exec_cancel_command},
    {.name = "logs", .run = query_logs_command},
    {.name = "programs", .run = query_programs_command},
    {.name = "heartbeat", .run = beat_command},
    {.name = "stats", .run = query_stats_command},
    {.name = "shutdown", .run = shutdown_command},
    {.name = "nodes", .run = inspect_nodes_command},
    {.name = "inspect", .run = inspect_node_command},
    {.name = "info", .run = inspect_info_command},
    {.name = "events", .run = inspect_events_command},
    {.name = "signal", .run = fault_signal_command},
    {.name = "freeze", .run = fault_freeze_command},
    {.name = "thaw", .run = fault_thaw_command},
    {.name = "set", .run = limit_set_command},
    {.name = "set_tree", .run = limit_set_tree_command},
};

static void dispatch(struct daemon *daemon, const struct asker *asker, const char *name,
		     json_t *request, zmq_msg_t *data)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			break;
	if (i == ARRAY_SIZE(commands)) {
		api_refuse(&daemon->api, asker, -EOPNOTSUPP, "unknown cmd: %.64s", name);
		return;
	}
	/*
	 * The remaining members belong to the command, which rejects members that it does not know.
	 */
	json_object_del(request, "id");
	json_object_del(request, "cmd");
	if (commands[i].take)
		commands[i].take(daemon, asker, request, data);
	else if (zmq_msg_size(data))
		api_refuse(&daemon->api, asker, -EINVAL, "%s is one frame", commands[i].name);
	else
		commands[i].run(daemon, asker, request);
}

void command_run(struct daemon *daemon, const struct asker *asker, json_t *request, zmq_msg_t *data)
{
	const char *name = json_string_value(json_object_get(request, "cmd"));

	if (name)
		dispatch(daemon, asker, name, request, data);
	else
		api_refuse(&daemon->api, asker, -EINVAL, "cmd must be the name of a command");
	json_decref(request);
}
