#include "controller/loop.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/attach.h"
#include "controller/batch.h"
#include "controller/beat.h"
#include "controller/command.h"
#include "controller/create.h"
#include "controller/daemon.h"
#include "controller/exec.h"
#include "controller/fault.h"
#include "controller/limit.h"
#include "controller/loss.h"
#include "controller/pending.h"
#include "controller/recall.h"
#include "controller/record.h"
#include "controller/remove.h"
#include "controller/restart.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

/*
 * How much input of each kind the controller takes in one turn, so that no kind delays the others.
 */
#define TURN_EVENTS 512
#define TURN_MESSAGES 1024
#define TURN_REQUESTS 64

#define POLL_MAX_MS 1000
#define RETRY_MS 10 /* until the next try after the launcher's queue was full */

/* The trunk is the last item, since it is not always open. */
enum item { ITEM_SIGNALS, ITEM_LAUNCHER, ITEM_API, ITEM_LIFELINE, ITEM_TRUNK, ITEMS };

static void read_lifeline(struct daemon *daemon)
{
	char byte[64];
	ssize_t n = read(daemon->lifeline, byte, sizeof(byte));

	/* No data is ever sent on the lifeline: only its end of file counts. */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		daemon_end(daemon, 0, "its starter is gone");
}

static void read_signals(struct daemon *daemon)
{
	struct signalfd_siginfo info;
	char why[48];

	if (read(daemon->signals, &info, sizeof(info)) != sizeof(info))
		return;
	snprintf(why, sizeof(why), "ended by signal %u", info.ssi_signo);
	daemon_end(daemon, 0, why);
}

static void take_event(struct daemon *daemon, const struct sandbox_event *event)
{
	struct node *node = tree_find(&daemon->tree, event->id);

	if (event->fd >= 0)
		close(event->fd);
	switch (event->kind) {
	case SANDBOX_REMOVED:
		remove_sandbox_event(daemon, event);
		break;
	case SANDBOX_EXITED:
		if (event->requested || !node)
			break;
		if (node->state == NODE_CREATING)
			create_sandbox_event(daemon, event);
		else if (node->state == NODE_RESTARTING)
			restart_sandbox_event(daemon, node, event);
		else
			loss_exited(daemon, node, event);
		break;
	case SANDBOX_FROZEN:
		fault_sandbox_event(daemon, event);
		break;
	case SANDBOX_LIMITED:
	case SANDBOX_OOM:
		limit_sandbox_event(daemon, event);
		break;
	case SANDBOX_REFUSED:
		if (fault_sandbox_event(daemon, event) || limit_sandbox_event(daemon, event) ||
		    remove_sandbox_event(daemon, event))
			break;
		/* fallthrough */
	case SANDBOX_CREATED:
	case SANDBOX_FAILED:
		if (node && node->state == NODE_RESTARTING)
			restart_sandbox_event(daemon, node, event);
		else
			create_sandbox_event(daemon, event);
		break;
	case SANDBOX_HELD:
	case SANDBOX_LISTED:
		attach_sandbox_event(daemon, event);
		break;
	case SANDBOX_PIDFD:
		break;
	}
}

static void read_launcher(struct daemon *daemon)
{
	struct sandbox_event event;
	struct err err;
	int r = 1;

	for (int i = 0; i < TURN_EVENTS && r > 0; i++) {
		r = launcher_next(&daemon->launcher, &event, &err);
		if (r > 0)
			take_event(daemon, &event);
	}
	if (r == -EPIPE)
		daemon->launcher_gone = true;
	if (r < 0)
		daemon_end(daemon, 1, r == -EPIPE ? "the launcher ended" : err.text);
}

/* Handles a message of `node`. False: `node` may not send such a message. */
static bool take_message(struct daemon *daemon, struct node *node, const struct wire_header *header,
			 struct wire_reader *body)
{
	/*
	 * The parent reports that the node is back only if the parent had missed the node. So a
	 * message of the node itself counts as proof too.
	 */
	if (recall_heard(daemon, node) || recall_is_proof(node, header)) {
		loss_heard(daemon, node);
		restart_ready(daemon, node);
	}
	switch (header->type) {
	case WIRE_READY:
		create_ready(daemon, node);
		return true;
	case WIRE_HEARTBEAT:
		return !node->parent;
	case WIRE_REPORT:
		return loss_report(daemon, node, body);
	case WIRE_REPLY:
		/*
		 * A reply may arrive after its request has ended. If such a reply is a program's
		 * output, tell the node to end that program.
		 */
		if (!pending_answered(daemon, header, body) && (header->flags & WIRE_MORE))
			exec_end_stray(daemon, header);
		return true;
	case WIRE_ERROR:
		pending_answered(daemon, header, body);
		return true;
	default:
		return false;
	}
}

/* Handles the messages that wait at the trunk. True when no message is left. */
static bool read_trunk(struct daemon *daemon)
{
	struct wire_header header;
	zmq_msg_t body;

	for (int i = 0; i < TURN_MESSAGES; i++) {
		struct wire_reader reader;
		struct node *node;

		if (trunk_next(&daemon->trunk, &header, &body) == 0)
			return true;
		beat_heard(daemon);
		node = tree_find(&daemon->tree, header.source);
		reader = wire_reader_init(zmq_msg_data(&body), zmq_msg_size(&body));
		if (!node || header.target != WIRE_CONTROLLER ||
		    !take_message(daemon, node, &header, &reader))
			daemon->trunk.foreign++;
		zmq_msg_close(&body);
	}
	return false;
}

static void read_api(struct daemon *daemon)
{
	struct asker asker;
	json_t *request;
	zmq_msg_t data;
	int taken = 1;

	for (int i = 0; i < TURN_REQUESTS && taken && !daemon->ending && !attach_is_open(daemon);
	     i++) {
		zmq_msg_init(&data);
		taken = api_next(&daemon->api, &asker, &request, &data);
		if (taken)
			command_run(daemon, &asker, request, &data);
		zmq_msg_close(&data);
	}
}

/*
 * Handles the consequences of this turn's input, and all that is due by time. Returns when the next
 * turn must begin at the latest.
 */
static int64_t settle(struct daemon *daemon, bool trunk_is_empty)
{
	int64_t now_ns = clock_ns(), next_ns, due_ns;
	bool more;

	if (trunk_is_empty)
		loss_judge_root(daemon, now_ns);
	next_ns = loss_step(daemon, now_ns);
	beat_tell_round(daemon, now_ns);
	loss_sweep(daemon);
	pending_expire(daemon, now_ns);
	due_ns = create_expire(daemon, now_ns);
	loss_sweep(daemon);
	more = batch_pump(daemon);
	if (due_ns < next_ns)
		next_ns = due_ns;
	due_ns = beat_deadline(daemon);
	if (due_ns < next_ns)
		next_ns = due_ns;
	due_ns = attach_step(daemon, now_ns);
	if (due_ns < next_ns)
		next_ns = due_ns;
	due_ns = restart_expire(daemon, now_ns);
	if (due_ns < next_ns)
		next_ns = due_ns;
	due_ns = recall_step(daemon, now_ns);
	if (due_ns < next_ns)
		next_ns = due_ns;
	if (daemon->pendings_due_ns < next_ns)
		next_ns = daemon->pendings_due_ns;
	if ((remove_push(daemon) | record_push(daemon)) && now_ns + RETRY_MS * NS_PER_MS < next_ns)
		next_ns = now_ns + RETRY_MS * NS_PER_MS;
	return more || daemon->dirty || !trunk_is_empty ? now_ns : next_ns;
}

static int wait_for(const struct daemon *daemon, zmq_pollitem_t items[ITEMS], int timeout_ms)
{
	const zmq_pollitem_t all[ITEMS] = {
	    [ITEM_SIGNALS] = {.fd = daemon->signals, .events = ZMQ_POLLIN},
	    [ITEM_LAUNCHER] = {.fd = daemon->launcher.fd, .events = ZMQ_POLLIN},
	    [ITEM_API] = {.socket = daemon->api.router,
			  .events = attach_is_open(daemon) ? 0 : ZMQ_POLLIN},
	    /*
	     * Without a lifeline, another descriptor fills the lifeline's entry, with no events to
	     * wait for.
	     */
	    [ITEM_LIFELINE] = {.fd = daemon->lifeline < 0 ? daemon->signals : daemon->lifeline,
			       .events = daemon->lifeline < 0 ? 0 : ZMQ_POLLIN},
	    [ITEM_TRUNK] = {.socket = daemon->trunk.socket, .events = ZMQ_POLLIN},
	};

	memcpy(items, all, sizeof(all));
	return zmq_poll(items, daemon->trunk.socket ? ITEMS : ITEM_TRUNK, timeout_ms);
}

static int64_t turn(struct daemon *daemon, const zmq_pollitem_t items[ITEMS])
{
	bool trunk_is_empty;

	if (items[ITEM_LIFELINE].revents)
		read_lifeline(daemon);
	if (items[ITEM_SIGNALS].revents)
		read_signals(daemon);
	if (items[ITEM_LAUNCHER].revents)
		read_launcher(daemon);
	trunk_is_empty = read_trunk(daemon);
	read_api(daemon);
	return settle(daemon, trunk_is_empty);
}

void loop_run(struct daemon *daemon)
{
	int64_t turn_ns = clock_ns(), next_ns = turn_ns, now_ns;
	zmq_pollitem_t items[ITEMS];
	int timeout_ms;

	while (!daemon->ending) {
		timeout_ms = clock_ms_until(next_ns, POLL_MAX_MS);
		if (wait_for(daemon, items, timeout_ms) < 0 && errno != EINTR) {
			daemon_end(daemon, 1, "the controller cannot wait for events");
			return;
		}
		now_ns = clock_ns();
		beat_late(daemon, now_ns, now_ns - turn_ns - timeout_ms * NS_PER_MS);
		turn_ns = now_ns;
		next_ns = turn(daemon, items);
	}
}
