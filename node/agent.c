#include "node/agent.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/threads.h"
#include "node/boot.h"
#include "node/children.h"
#include "node/hop.h"
#include "node/state.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define TURN_MESSAGES 64 /* most messages that one turn reads from one socket */
#define TURNS_A_BEAT 8	 /* one turn reads messages for at most 1/8 heartbeat interval */
#define MAX_SOCKETS 64	 /* sockets to the parent and the children, and some that are closing */

enum item { ITEM_UP, ITEM_SIGNALS, ITEM_EDGES };

static int open_signals(struct agent *agent, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	/*
	 * Ignore SIGPIPE: a write to a program's closed standard input must fail with EPIPE, not
	 * kill the agent.
	 */
	signal(SIGPIPE, SIG_IGN);
	/*
	 * Block the signals before libzmq starts its threads, so that the threads inherit the mask.
	 */
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_errno(err, -errno, "block signals");
	agent->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (agent->signals < 0)
		return err_errno(err, -errno, "open a signalfd");
	return 0;
}

static int open_context(struct agent *agent, struct err *err)
{
	agent->context = zmq_ctx_new();
	if (!agent->context)
		return err_errno(err, -errno, "open a ZeroMQ context");
	/*
	 * Limit the sockets: libzmq allocates the memory of all socket slots at once, by default
	 * for 1,023 sockets.
	 */
	zmq_ctx_set(agent->context, ZMQ_MAX_SOCKETS, MAX_SOCKETS);
	zmq_ctx_set(agent->context, ZMQ_IO_THREADS, 1);
	return 0;
}

static int agent_open(struct agent *agent, const char *line, struct err *err)
{
	struct boot boot;
	int rc = boot_parse(line, &boot, err);

	if (rc < 0)
		return rc;
	agent->id = boot.id;
	agent->interval_ns = boot.beat_ms * NS_PER_MS;
	spawn_prepare();
	agent->turn_ns = clock_ns();
	agent->next_beat_ns = agent->turn_ns + agent->interval_ns;
	agent->sign_on = true;
	rc = open_signals(agent, err);
	if (rc == 0)
		rc = open_context(agent, err);
	if (rc < 0)
		return rc;
	/*
	 * libzmq starts its threads with the first socket, which uplink_open makes. If a thread
	 * cannot start, libzmq aborts, and the agent exits with THREADS_STATUS.
	 */
	threads_may_lack();
	rc = uplink_open(&agent->uplink, agent->context, boot.id, boot.endpoint, err);
	threads_are_there();
	return rc;
}

static void agent_close(struct agent *agent)
{
	programs_release(&agent->programs);
	for (size_t i = 0; i < agent->edges; i++)
		edge_close(agent->edge[i]);
	free(agent->edge);
	routes_release(&agent->routes);
	uplink_close(&agent->uplink);
	if (agent->context)
		zmq_ctx_term(agent->context);
	cleanup_close(&agent->signals);
	free(agent->items);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Returns the time at which the agent wakes up if no event arrives. While the uplink is blocked,
 * that is the time of the next heartbeat, because the agent cannot send reports.
 */
static int64_t next_deadline(const struct agent *agent)
{
	int64_t deadline_ns = agent->next_beat_ns;

	if (agent->uplink.blocked)
		return deadline_ns;
	if (agent->sign_on || agent->tell_starved)
		return 0;
	for (size_t i = 0; i < agent->edges; i++)
		deadline_ns = earlier(deadline_ns, watch_deadline(&agent->edge[i]->watch));
	return earlier(deadline_ns, programs_deadline(&agent->programs, &agent->uplink));
}

static int reserve_items(struct agent *agent, struct err *err)
{
	size_t room = ITEM_EDGES + agent->edges + PROGRAM_FDS * agent->programs.count;
	struct pollfd *grown;

	if (room <= agent->items_room)
		return 0;
	grown = reallocarray(agent->items, room, sizeof(*grown));
	if (!grown)
		return err_errno(err, -ENOMEM, "wait for events");
	agent->items = grown;
	agent->items_room = room;
	return 0;
}

/*
 * The event to wait for on the uplink's socket: room to send while the uplink is blocked, else a
 * message.
 */
static short wanted_up(const struct agent *agent)
{
	return agent->uplink.blocked ? ZMQ_POLLOUT : ZMQ_POLLIN;
}

/*
 * Asks each socket that was used since the last turn whether it is ready. Returns true if a socket
 * is ready; poll(2) must not sleep then.
 */
static bool ask_sockets(struct agent *agent)
{
	bool busy;

	ready_ask(&agent->uplink.ready, agent->uplink.socket, wanted_up(agent));
	busy = agent->uplink.ready.now;
	for (size_t i = 0; i < agent->edges && !agent->uplink.blocked; i++) {
		ready_ask(&agent->edge[i]->ready, agent->edge[i]->socket, ZMQ_POLLIN);
		busy |= agent->edge[i]->ready.now;
	}
	return busy;
}

static void wake_sockets(struct agent *agent)
{
	const struct pollfd *items = agent->items;

	ready_wake(&agent->uplink.ready, agent->uplink.socket, wanted_up(agent),
		   items[ITEM_UP].revents);
	for (size_t i = 0; i < agent->edges && !agent->uplink.blocked; i++)
		ready_wake(&agent->edge[i]->ready, agent->edge[i]->socket, ZMQ_POLLIN,
			   items[ITEM_EDGES + i].revents);
}

/*
 * While the uplink is blocked, the agent reads nothing whose handling may send a message to the
 * parent. So it does not read from its children, its parent or attached programs. The parent never
 * waits for its child's agent, so no cycle of nodes can deadlock.
 */
static int wait_for_events(struct agent *agent, struct err *err)
{
	struct pollfd *items;
	size_t programs;
	bool busy;
	int rc = reserve_items(agent, err);

	if (rc < 0)
		return rc;
	items = agent->items;
	items[ITEM_UP] = (struct pollfd){.fd = agent->uplink.ready.fd, .events = POLLIN};
	items[ITEM_SIGNALS] = (struct pollfd){.fd = agent->signals, .events = POLLIN};
	for (size_t i = 0; i < agent->edges; i++)
		items[ITEM_EDGES + i] = (struct pollfd){
		    .fd = agent->uplink.blocked ? -1 : agent->edge[i]->ready.fd, .events = POLLIN};
	programs =
	    programs_fill(&agent->programs, &agent->uplink, items + ITEM_EDGES + agent->edges);
	busy = ask_sockets(agent);
	rc = poll(items, ITEM_EDGES + agent->edges + programs,
		  busy ? 0 : clock_ms_until(next_deadline(agent), INT_MAX));
	if (rc < 0 && errno != EINTR)
		return err_errno(err, -errno, "wait for events");
	if (rc < 0)
		for (size_t i = 0; i < ITEM_EDGES + agent->edges + programs; i++)
			items[i].revents = 0;
	wake_sockets(agent);
	programs_polled(&agent->programs, items + ITEM_EDGES + agent->edges);
	return 0;
}

static void reap(struct agent *agent)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		programs_exited(&agent->programs, pid, status);
}

/*
 * Returns true if the sender of this signal may end the agent. An agent that is process 1 of its
 * PID namespace accepts only senders outside of this namespace, so no program of the node can end
 * the agent. The kernel reports such a sender as process 0. No process can forge SI_USER, the code
 * of kill(2). The check is necessary, because programs in the namespace can send process 1 even the
 * signals that it blocks.
 */
static bool may_end(const struct signalfd_siginfo *info)
{
	return getpid() != 1 || (info->ssi_pid == 0 && info->ssi_code == SI_USER);
}

static void take_signals(struct agent *agent)
{
	struct signalfd_siginfo info;

	while (read(agent->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(agent);
		else if (may_end(&info))
			agent->ending = true;
	}
}

/*
 * Returns the time at which this turn stops reading and leaves the remaining messages to the next
 * turn, so that a heartbeat is sent in between. A message that starts a program takes long.
 */
static int64_t turn_deadline(const struct agent *agent)
{
	return clock_ns() + agent->interval_ns / TURNS_A_BEAT;
}

static void read_parent(struct agent *agent)
{
	int64_t deadline_ns = turn_deadline(agent);

	for (int i = 0; i < TURN_MESSAGES && !agent->uplink.blocked; i++) {
		struct msg msg;
		int rc;

		if (!agent->uplink.ready.now)
			return;
		rc = msg_receive(agent->uplink.socket, &msg);
		ready_received(&agent->uplink.ready, rc != 0);
		if (rc == 0)
			return;
		if (rc < 0)
			agent->stat[STAT_MALFORMED]++;
		else
			hop_down(agent, &msg);
		if (clock_ns() >= deadline_ns)
			return;
	}
}

/* Reads at most one message of a child. Returns true if a message was there, valid or not. */
static bool read_child(struct agent *agent, struct edge *edge)
{
	struct msg msg;
	int rc = msg_receive(edge->socket, &msg);

	ready_received(&edge->ready, rc != 0);
	if (rc < 0)
		agent->stat[STAT_MALFORMED]++;
	if (rc > 0)
		hop_up(agent, edge, &msg);
	return rc != 0;
}

/*
 * Reads the messages of the children: one message of each child, then the next one of each. Each
 * call begins with another child.
 */
static void read_children(struct agent *agent)
{
	int64_t deadline_ns = turn_deadline(agent);
	bool more = agent->edges > 0;

	agent->first_edge++;
	for (int i = 0; i < TURN_MESSAGES && more && (!i || clock_ns() < deadline_ns); i++) {
		more = false;
		for (size_t j = 0; j < agent->edges; j++) {
			struct edge *edge = agent->edge[(agent->first_edge + j) % agent->edges];

			if (agent->uplink.blocked)
				return;
			if (edge->ready.now)
				more |= read_child(agent, edge);
		}
	}
}

/* Returns true once in each heartbeat interval. */
static bool is_beat_due(struct agent *agent)
{
	if (agent->turn_ns < agent->next_beat_ns)
		return false;
	agent->next_beat_ns += agent->interval_ns;
	if (agent->next_beat_ns <= agent->turn_ns)
		agent->next_beat_ns = agent->turn_ns + agent->interval_ns;
	return true;
}

static void beat(struct agent *agent)
{
	struct wire_body body = WIRE_BODY_INIT;

	if (!is_beat_due(agent))
		return;
	children_look_for_intruders(agent);
	if (agent->uplink.blocked) {
		/*
		 * The uplink is blocked when a heartbeat is due, so the parent may be connected
		 * anew afterwards. Send READY again as soon as the uplink is free.
		 */
		agent->sign_on = true;
		return;
	}
	wire_put_array(&body, 0);
	agent->stat[STAT_BEATS_SENT]++;
	uplink_say(&agent->uplink, WIRE_HEARTBEAT, 0, 0, &body);
}

static void sign_on(struct agent *agent)
{
	struct wire_body body = WIRE_BODY_INIT;

	if (!agent->sign_on || agent->uplink.blocked)
		return;
	agent->sign_on = false;
	wire_put_array(&body, 1);
	wire_put_str(&body, BONSAI_VERSION);
	uplink_say(&agent->uplink, WIRE_READY, 0, 0, &body);
}

static int turn(struct agent *agent, struct err *err)
{
	int rc = wait_for_events(agent, err);

	if (rc < 0)
		return rc;
	children_listen(agent);
	uplink_flush(&agent->uplink);
	children_note_blocking(agent);
	take_signals(agent);
	sign_on(agent);
	programs_step(&agent->programs, &agent->uplink);
	read_parent(agent);
	read_children(agent);
	beat(agent);
	children_judge(agent);
	children_note_blocking(agent);
	return 0;
}

int agent_run(const char *boot, struct err *err)
{
	struct agent agent = {.signals = -1};
	int rc;

	/*
	 * Let all threads share one malloc arena: libzmq's threads allocate little, and each
	 * further arena costs pages of memory.
	 */
	mallopt(M_ARENA_MAX, 1);
	rc = agent_open(&agent, boot, err);
	while (rc == 0 && !agent.ending)
		rc = turn(&agent, err);
	agent_close(&agent);
	return rc;
}

int agent_main(const char *boot)
{
	struct err err = {0};
	int rc = agent_run(boot, &err);

	if (rc == -EINVAL)
		return 2;
	return rc < 0 ? 1 : 0;
}
