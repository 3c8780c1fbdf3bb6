/* Limits of sandboxes: the requests to set them, and the events about them. */
#include "sandbox/server.h"

#include "sandbox/resize.h"
#include "sandbox/sweeper.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#define ANNOUNCED_NS NS_PER_S
#define LOOK_MS 10
#define AGENT_PIDS 3 /* the agent and two threads of libzmq */
#define USUAL_NOFILE 4096
#define USUAL_NPROC 512 /* default limit of a node's processes */

static bool needs_groups(const struct sandbox_limits *limits)
{
	return limits->memory_bytes || limits->pids || limits->cpu_milli || limits->io_bytes;
}

void limit_expect_groups(struct server *server)
{
	if (!server->sweeper)
		server->sweeper = sweeper_start(&server->host.hierarchies);
}

/*
 * Watches the memory limits of the sandbox and of the tree for processes killed by the kernel. If
 * this fails, the client learns of such kills when the sandbox exits, or never.
 */
static void watch_memory(struct server *server, struct sandbox *sandbox)
{
	uint32_t events;

	if (server->tree_oom < 0)
		server->tree_oom = cgroup_watch_memory(&server->groups, SANDBOX_NO_PARENT, &events);
	sandbox->oom = cgroup_watch_memory(&server->groups, sandbox->id, &events);
	if (sandbox->oom >= 0)
		server_watch(server, sandbox->oom, events, server_tag(sandbox->id, TAG_OOM), NULL);
}

/* Refuses limits that the backend or the host does not have at all. */
static int check_kinds(const struct server *server, const struct sandbox_limits *limits,
		       struct err *err)
{
	struct rlimit own;

	if (getrlimit(RLIMIT_NOFILE, &own) == 0 && limits->nofile > own.rlim_max)
		return err_text(err, -EINVAL,
				"limit nofile: this host lets a process of this user have %llu at "
				"most (ulimit -Hn)",
				(unsigned long long)own.rlim_max);
	if (server->host.backend->isolated)
		return 0;
	if (limits->disk_bytes)
		return err_text(err, -EOPNOTSUPP,
				"limit disk: nodes of this backend have no disk of their own");
	if (limits->caps)
		return err_text(
		    err, -EOPNOTSUPP,
		    "capabilities: those of nodes of this backend are not ours to give");
	return 0;
}

/*
 * Refuses a sandbox if the tree's limit of processes leaves no room for the threads of its agent:
 * the agent would end without a clear error.
 */
static int check_room(struct server *server, struct err *err)
{
	/*
	 * If the backend makes control groups itself, the tree's group also holds a monitor for
	 * each sandbox.
	 */
	const uint64_t each = AGENT_PIDS + server->host.backend->groups;
	const struct sandbox *sandbox, *next;
	uint64_t count, agents = each;

	if (!server->limits.pids)
		return 0;
	count = cgroup_count_pids(&server->groups) + each;
	/*
	 * Sandboxes in their set-up may not have started all their threads yet: reserve the number
	 * of threads of an agent for each sandbox.
	 */
	HASH_ITER(hh, server->sandboxes, sandbox, next)
		agents += sandbox->over ? 0 : each;
	if (count < agents)
		count = agents;
	if (count > server->limits.pids)
		return err_text(err, -EAGAIN,
				"limit pids: the tree's %u leave no room for another agent",
				server->limits.pids);
	return 0;
}

int limit_check(struct server *server, const struct sandbox_limits *limits, struct err *err)
{
	int r = check_kinds(server, limits, err);

	return r < 0 ? r : check_room(server, err);
}

/*
 * Moves a sandbox that was created without control groups, with all its processes, into control
 * groups.
 */
static int gather(struct server *server, struct sandbox *sandbox, struct err *err)
{
	int r;

	/* If the backend does not know the init yet, limit_begin does this later. */
	if ((sandbox->grouped && !sandbox->outside) || sandbox->over || sandbox->pidfd < 0)
		return 0;
	limit_expect_groups(server);
	r = cgroup_make(&server->groups, sandbox->id, &sandbox->limits, err);
	if (r < 0)
		return r;
	sandbox->grouped = true;
	r = cgroup_gather(&server->groups, sandbox->id, sandbox->pidfd, err);
	sandbox->outside = r < 0;
	return r;
}

static int gather_all(struct server *server, struct err *err)
{
	struct sandbox *sandbox, *next;
	int r = 0;

	HASH_ITER(hh, server->sandboxes, sandbox, next)
		if (r == 0)
			r = gather(server, sandbox, err);
	return r;
}

static int limit_first(struct server *server, struct sandbox *sandbox, struct err *err)
{
	int r = cgroup_limit(&server->groups, sandbox->id, &sandbox->limits, err);

	if (r == 0 && sandbox->oom < 0)
		watch_memory(server, sandbox);
	return r;
}

static void set_soft(const struct sandbox *sandbox, int resource, rlim_t most)
{
	struct rlimit limit;

	if (prlimit(sandbox->pid, resource, NULL, &limit) < 0)
		return;
	limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
	prlimit(sandbox->pid, resource, &limit, NULL);
}

/* Sets the soft limits of the agent, which the agent hands on to its programs; see programs.h. */
static void limit_programs(const struct server *server, const struct sandbox *sandbox)
{
	uint64_t memory_bytes = sandbox->limits.memory_bytes;
	uint32_t nofile = sandbox->limits.nofile, nproc = USUAL_NPROC;

	if (sandbox->pid <= 0)
		return;
	/*
	 * If a pids limit is above the default of RLIMIT_NPROC, raise RLIMIT_NPROC to it: the
	 * control group enforces the pids limit.
	 */
	if (server->limits.pids > nproc)
		nproc = server->limits.pids;
	if (sandbox->limits.pids > nproc)
		nproc = sandbox->limits.pids;
	set_soft(sandbox, RLIMIT_NOFILE, nofile ? nofile : USUAL_NOFILE);
	set_soft(sandbox, RLIMIT_NPROC, nproc);
	if (!memory_bytes)
		memory_bytes = server->limits.memory_bytes;
	set_soft(sandbox, RLIMIT_RSS, memory_bytes ? memory_bytes : RLIM_INFINITY);
}

int limit_begin(struct server *server, struct sandbox *sandbox, struct err *err)
{
	int r;

	limit_programs(server, sandbox);
	if (!needs_groups(&sandbox->limits) && !needs_groups(&server->limits))
		return 0;
	limit_expect_groups(server);
	r = cgroup_make(&server->groups, sandbox->id, &sandbox->limits, err);
	sandbox->grouped = r == 0;
	if (r == 0)
		r = cgroup_enter(&server->groups, sandbox->id, sandbox->pid, err);
	if (r == 0 && cgroup_must_hand_on(&server->groups))
		r = gather_all(server, err);
	return r < 0 ? r : limit_first(server, sandbox, err);
}

static void note_met(struct server *server, struct sandbox *sandbox)
{
	if (sandbox->oom >= 0 && cgroup_met_memory(&server->groups, sandbox->oom, &sandbox->met))
		sandbox->met_own = true;
}

/* Returns whose memory had run out when the kernel killed the process. */
static enum sandbox_memory memory_of(struct server *server, struct sandbox *sandbox, int64_t now_ns)
{
	/*
	 * Version 2 may count a kill before it tells the launcher that a limit was met: read both
	 * limits' counters here.
	 */
	note_met(server, sandbox);
	if (server->tree_oom >= 0 &&
	    cgroup_met_memory(&server->groups, server->tree_oom, &server->tree_met))
		server->tree_met_ns = now_ns;
	/*
	 * When the tree meets its limit, the kernel may kill processes in several sandboxes, some
	 * time apart. So attribute all kills within ANNOUNCED_NS to the tree's limit.
	 */
	if (server->tree_met_ns && now_ns - server->tree_met_ns < ANNOUNCED_NS)
		return SANDBOX_MEMORY_OF_TREE;
	return sandbox->met_own ? SANDBOX_MEMORY_OF_ITS_OWN : SANDBOX_MEMORY_OF_HOST;
}

static void look(struct server *server, struct sandbox *sandbox)
{
	uint64_t kills = cgroup_count_kills(&server->groups, sandbox->id);

	if (kills <= sandbox->kills)
		return;
	server_tell(server, (struct tell){.kind = SANDBOX_OOM,
					  .id = sandbox->id,
					  .memory = memory_of(server, sandbox, clock_ns()),
					  .kills = kills - sandbox->kills});
	sandbox->kills = kills;
	sandbox->met_own = false;
}

void limit_wake(struct server *server, struct sandbox *sandbox)
{
	note_met(server, sandbox);
	/*
	 * Version 1 wakes the launcher before it kills a process, and counts the kill afterwards.
	 * So let limit_look_again read the count again later.
	 */
	server->kills_until_ns = sandbox->kills_until_ns = clock_ns() + ANNOUNCED_NS;
	look(server, sandbox);
}

int limit_look_again(struct server *server)
{
	struct sandbox *sandbox, *next;
	int64_t now_ns;

	if (!server->kills_until_ns)
		return -1;
	now_ns = clock_ns();
	/*
	 * Read the counts only of sandboxes for which the kernel woke the launcher: reading a count
	 * opens files, and there may be thousands of sandboxes.
	 */
	HASH_ITER(hh, server->sandboxes, sandbox, next) {
		if (!sandbox->kills_until_ns)
			continue;
		look(server, sandbox);
		if (now_ns >= sandbox->kills_until_ns)
			sandbox->kills_until_ns = 0;
	}
	if (now_ns < server->kills_until_ns)
		return LOOK_MS;
	server->kills_until_ns = 0;
	return -1;
}

void limit_end(struct server *server, struct sandbox *sandbox)
{
	if (!sandbox->grouped)
		return;
	sandbox->grouped = false;
	if (sandbox->oom >= 0) {
		look(server, sandbox);
		close(steal_fd(&sandbox->oom));
	}
	sandbox->kills_until_ns = 0;
	cgroup_remove(&server->groups, sandbox->id);
}

/*
 * Puts the sandbox into control groups. In version 2 the first limit puts all other sandboxes into
 * control groups too.
 */
static int have_groups(struct server *server, struct sandbox *sandbox, struct err *err)
{
	bool all = cgroup_must_hand_on(&server->groups);
	int r = all ? gather_all(server, err) : gather(server, sandbox, err);

	return r < 0 ? r : limit_first(server, sandbox, err);
}

static int change(struct server *server, struct sandbox *sandbox,
		  const struct sandbox_limits *limits, struct err *err)
{
	bool disk = limits->disk_bytes != sandbox->limits.disk_bytes;
	int r;

	if (limits->caps != sandbox->limits.caps)
		return err_text(err, -EINVAL, "capabilities can't be changed");
	r = check_kinds(server, limits, err);
	if (r < 0)
		return r;
	if (needs_groups(limits))
		r = have_groups(server, sandbox, err);
	if (r < 0)
		return r;
	r = cgroup_change(&server->groups, sandbox->id, &sandbox->limits, limits, err);
	if (r < 0 || !disk)
		return r;
	r = resize_run(sandbox->pidfd, limits->disk_bytes, err);
	if (r < 0)
		cgroup_change(&server->groups, sandbox->id, limits, &sandbox->limits, NULL);
	return r;
}

static int change_all(struct server *server, const struct sandbox_limits *limits, struct err *err)
{
	struct sandbox *sandbox, *next;
	int r = check_kinds(server, limits, err);

	if (r < 0)
		return r;
	/*
	 * The tree's limits do not bind a sandbox without a control group, so put all sandboxes
	 * into control groups.
	 */
	if (needs_groups(limits)) {
		limit_expect_groups(server);
		r = gather_all(server, err);
	}
	if (r == 0)
		r = cgroup_change(&server->groups, SANDBOX_NO_PARENT, &server->limits, limits, err);
	HASH_ITER(hh, server->sandboxes, sandbox, next)
		if (r == 0 && sandbox->grouped && sandbox->oom < 0)
			watch_memory(server, sandbox);
	return r;
}

static void take_all(struct server *server, const struct ask_limit *ask)
{
	struct tell tell = {.kind = SANDBOX_LIMITED,
			    .id = SANDBOX_NO_PARENT,
			    .ticket = ask->header.ticket,
			    .limits = ask->limits};
	const struct sandbox *sandbox, *next;

	if (change_all(server, &ask->limits, &tell.err) < 0) {
		tell.kind = SANDBOX_REFUSED;
		server_tell(server, tell);
		return;
	}
	server->limits = ask->limits;
	HASH_ITER(hh, server->sandboxes, sandbox, next)
		if (!sandbox->over)
			limit_programs(server, sandbox);
	server_tell(server, tell);
}

void limit_take(struct server *server, const struct ask_limit *ask)
{
	struct sandbox *sandbox = server_find(server, ask->id);
	struct tell tell = {.kind = SANDBOX_LIMITED,
			    .id = ask->id,
			    .ticket = ask->header.ticket,
			    .limits = ask->limits};
	int r = 0;

	if (ask->id == SANDBOX_NO_PARENT) {
		take_all(server, ask);
		return;
	}
	if (!sandbox || sandbox->over || sandbox->removal)
		r = err_text(&tell.err, -ESRCH, "no sandbox %u", ask->id);
	else
		r = change(server, sandbox, &ask->limits, &tell.err);
	if (r == 0) {
		sandbox->limits = ask->limits;
		limit_programs(server, sandbox);
	} else {
		tell.kind = SANDBOX_REFUSED;
	}
	server_tell(server, tell);
}
