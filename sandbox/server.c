#include "sandbox/server.h"

#include "sandbox/freeze.h"
#include "sandbox/ids.h"
#include "sandbox/link.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/proc_stat.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct sandbox *server_find(struct server *server, uint32_t id)
{
	struct sandbox *sandbox;

	HASH_FIND(hh, server->sandboxes, &id, sizeof(id), sandbox);
	return sandbox;
}

struct nl_sock *server_netlink(struct server *server, uint32_t id)
{
	struct sandbox *sandbox;

	if (id == SANDBOX_NO_PARENT)
		return server->netlink;
	sandbox = server_find(server, id);
	return sandbox ? sandbox->netlink : NULL;
}

int server_watch(struct server *server, int fd, uint32_t events, uint64_t tag, struct err *err)
{
	struct epoll_event event = {.events = events, .data.u64 = tag};

	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return err_errno(err, -errno, "watch a descriptor");
	return 0;
}

int server_let_go_on(const struct sandbox *sandbox, struct err *err)
{
	if (send(sandbox->sync, "g", 1, MSG_NOSIGNAL) != 1)
		return err_errno(err, -errno, "tell the init to go on");
	return 0;
}

int server_connect(struct server *server, struct sandbox *sandbox, struct err *err)
{
	struct sandbox *parent = server_find(server, sandbox->parent);
	struct link_end up = {
	    .netlink = sandbox->netlink, .addr = sandbox->child_addr, .ifindex = UP_IFINDEX};
	struct link_end down = {.netlink = server_netlink(server, sandbox->parent),
				.pid = parent ? parent->pid : getpid(),
				.addr = sandbox->parent_addr,
				.ifindex = address_ifindex(sandbox->parent_addr)};
	struct proc_stat stat;
	int r;

	sandbox->parent_ifindex = down.ifindex;
	r = link_create(sandbox->id, &down, &up, err);
	if (r == 0 || !parent)
		return r;
	/*
	 * A network namespace may be gone before its process can be reaped, most of all on a busy
	 * host. If the parent is exiting, that is why the link failed: report -ENOENT, as for a
	 * request that comes after the exit.
	 */
	proc_stat_read(parent->pid, &stat);
	if (proc_stat_is_ending(&stat))
		return err_text(err, -ENOENT, NO_PARENT, sandbox->parent);
	return r;
}

static int watch(struct server *server, const struct sandbox *sandbox, struct err *err)
{
	int r = server_watch(server, server_child(sandbox), EPOLLIN,
			     server_tag(sandbox->id, TAG_PIDFD), err);

	return r < 0 ? r
		     : server_watch(server, sandbox->sync, EPOLLIN,
				    server_tag(sandbox->id, TAG_SYNC), err);
}

int server_assist(struct server *server, struct sandbox *sandbox, struct err *err)
{
	bool isolated = server->host.backend->isolated;
	/* Set the limits first, while the init still waits for the map of its ids. */
	int r = limit_begin(server, sandbox, err);

	if (r == 0 && isolated && !server->host.backend->maps_ids)
		r = ids_map_sandbox(sandbox->pid, *server->host.image ? IDS_SHARED : sandbox->id,
				    server->host.id_range, err);
	if (r == 0)
		r = server_let_go_on(sandbox, err);
	if (r < 0 || !isolated)
		return r < 0 ? r : server_let_go_on(sandbox, err);
	sandbox->netlink = link_open(sandbox->pidfd, server->host.net_ns, err);
	if (!sandbox->netlink)
		return err ? err->code : -EIO;
	sandbox->waits = server_waits(server, sandbox);
	return sandbox->waits ? 0 : server_join(server, sandbox, err);
}

static int check_spec(struct server *server, const struct sandbox_spec *spec, struct err *err)
{
	const struct sandbox *sandbox, *parent;

	if (spec->id > SANDBOX_ID_MAX)
		return err_text(err, -EINVAL, "no sandbox id: %u", spec->id);
	if (!memchr(spec->boot, '\0', sizeof(spec->boot)))
		return err_text(err, -EINVAL, "the boot line does not end");
	sandbox = server_find(server, spec->id);
	if (sandbox && !sandbox->over)
		return err_text(err, -EEXIST, "sandbox %u exists", spec->id);
	if (spec->parent == SANDBOX_NO_PARENT)
		return 0;
	parent = server_find(server, spec->parent);
	if (!parent || parent->doomed || parent->removal || parent->over)
		return err_text(err, -ENOENT, NO_PARENT, spec->parent);
	return 0;
}

static void take_create(struct server *server, const struct ask_create *ask)
{
	struct tell failed = {.kind = SANDBOX_FAILED, .id = ask->spec.id};
	struct sandbox *sandbox = NULL, *ended;
	int r = check_spec(server, &ask->spec, &failed.err);

	if (r == 0) {
		sandbox = calloc(1, sizeof(*sandbox));
		if (!sandbox)
			r = err_errno(&failed.err, -ENOMEM, "allocate a sandbox");
	}
	if (r == 0)
		r = limit_check(server, &ask->spec.limits, &failed.err);
	if (r == 0) {
		sandbox->pidfd = sandbox->keeper = -1;
		r = server->host.backend->start(&server->host, &ask->spec, sandbox, &failed.err);
	}
	if (r < 0) {
		free(sandbox);
		server_tell(server, failed);
		return;
	}
	ended = server_find(server, ask->spec.id);
	if (ended)
		reap_forget(server, ended);
	sandbox->id = ask->spec.id;
	sandbox->parent = ask->spec.parent;
	sandbox->parent_addr = ask->spec.parent_addr;
	sandbox->child_addr = ask->spec.child_addr;
	sandbox->limits = ask->spec.limits;
	sandbox->oom = -1;
	sandbox->since_ns = clock_ns();
	HASH_ADD(hh, server->sandboxes, id, sizeof(sandbox->id), sandbox);
	r = watch(server, sandbox, &sandbox->err);
	if (r == 0 && sandbox->pidfd >= 0)
		r = server_assist(server, sandbox, &sandbox->err);
	if (r < 0) {
		reap_doom(server, sandbox);
		/*
		 * The epoll loop may not watch the init yet, so reap the init here. The launcher
		 * has just killed the init, so this wait is short.
		 */
		waitid(P_PIDFD, server_child(sandbox), NULL, WEXITED | WNOWAIT);
		reap_exit(server, sandbox, clock_ns());
	}
}

/*
 * Lifts the processor limit of a sandbox before it is killed: processes with hardly any processor
 * time take too long to die.
 */
static void lift_quota(struct server *server, const struct sandbox *sandbox)
{
	struct sandbox_limits lifted = sandbox->limits;

	lifted.cpu_milli = 0;
	cgroup_change(&server->groups, sandbox->id, &sandbox->limits, &lifted, NULL);
}

int server_signal(struct server *server, const struct sandbox *sandbox, int signal)
{
	int fd = sandbox->pidfd >= 0 ? sandbox->pidfd : sandbox->keeper;

	if (signal == SIGKILL && sandbox->grouped)
		lift_quota(server, sandbox);
	if (syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0)
		return -errno;
	if (signal == SIGKILL && sandbox->grouped)
		cgroup_kill(&server->groups, sandbox->id);
	if (signal == SIGKILL && sandbox->frozen)
		server->host.backend->let_die(&server->host, sandbox);
	return 0;
}

static void take_kill(struct server *server, const struct ask_kill *ask, bool hand_over)
{
	struct sandbox *sandbox = server_find(server, ask->id);
	struct err err;
	int r;

	if (!sandbox || sandbox->over || sandbox->pidfd < 0) {
		err_text(&err, -ESRCH, "no sandbox %u", ask->id);
		server_refuse(server, ask->id, &err);
	} else if (hand_over) {
		server_tell_fds(
		    server,
		    (struct tell){.kind = SANDBOX_PIDFD, .id = ask->id, .pid = sandbox->pid},
		    &sandbox->pidfd, 1);
	} else if ((r = server_signal(server, sandbox, ask->signal)) < 0) {
		err_errno(&err, r, "send signal %d to sandbox %u", ask->signal, ask->id);
		server_refuse(server, ask->id, &err);
	}
}

static void take_freeze(struct server *server, const struct ask_kill *ask)
{
	struct sandbox *sandbox = server_find(server, ask->id);
	struct tell tell = {.kind = SANDBOX_FROZEN, .id = ask->id, .ticket = ask->header.ticket};
	int r;

	if (!sandbox || sandbox->over || sandbox->removal || sandbox->pidfd < 0)
		r = err_text(&tell.err, -ESRCH, "no sandbox %u", ask->id);
	else if (server->host.backend->freeze)
		r = server->host.backend->freeze(&server->host, sandbox, ask->signal, &tell.err);
	else
		r = freeze_sandbox(sandbox->pidfd, ask->signal, &tell.err);
	if (r < 0)
		tell.kind = SANDBOX_REFUSED;
	server_tell(server, tell);
}

static void take_note(struct server *server, const struct ask_note *ask)
{
	struct sandbox *sandbox = server_find(server, ask->id);
	struct err err;

	if (ask->id == SANDBOX_NO_PARENT) {
		server->note = ask->note;
	} else if (sandbox) {
		sandbox->note = ask->note;
	} else {
		err_text(&err, -ESRCH, "no sandbox %u", ask->id);
		server_refuse(server, ask->id, &err);
	}
}

static bool well_formed(const union ask *ask, size_t len)
{
	if (len < sizeof(ask->header) || ask->header.magic != PROTO_MAGIC)
		return false;
	switch (ask->header.op) {
	case ASK_CREATE:
		return len == sizeof(ask->create);
	case ASK_REMOVE:
		return len >= offsetof(struct ask_remove, ids) &&
		       ask->remove.count <= SANDBOX_REMOVE_MAX &&
		       len == offsetof(struct ask_remove, ids) +
				  ask->remove.count * sizeof(ask->remove.ids[0]);
	case ASK_KILL:
	case ASK_PIDFD:
	case ASK_FREEZE:
	case ASK_LINK:
		return len == sizeof(ask->kill);
	case ASK_NOTE:
		return len == sizeof(ask->note);
	case ASK_LIMIT:
		return len == sizeof(ask->limit);
	case ASK_END:
		return len == sizeof(ask->header);
	default:
		return false;
	}
}

static void take_ask(struct server *server)
{
	union ask *ask = &server->ask;
	struct err err;
	ssize_t n;

	/*
	 * ECONNRESET: the client closed with unread events. The kernel reports it once, before
	 * requests that are still queued; read on.
	 */
	do
		n = recv(server->ctl, ask, sizeof(*ask), MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == ECONNRESET);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		attend_lost(server);
		return;
	}
	if ((size_t)n > sizeof(*ask) || !well_formed(ask, n)) {
		err_text(&err, -EBADMSG, "malformed request of %zd bytes", n);
		server_refuse(server, SANDBOX_NO_PARENT, &err);
		return;
	}
	server->proven = true;
	switch (ask->header.op) {
	case ASK_CREATE:
		/*
		 * Skip the request if the client no longer receives: no client would learn of the
		 * sandbox.
		 */
		if (!server->deaf)
			take_create(server, &ask->create);
		break;
	case ASK_REMOVE:
		reap_remove(server, &ask->remove);
		break;
	case ASK_KILL:
	case ASK_PIDFD:
		take_kill(server, &ask->kill, ask->header.op == ASK_PIDFD);
		break;
	case ASK_FREEZE:
		take_freeze(server, &ask->kill);
		break;
	case ASK_LINK:
		server_link(server, ask->kill.id);
		break;
	case ASK_NOTE:
		take_note(server, &ask->note);
		break;
	case ASK_LIMIT:
		limit_take(server, &ask->limit);
		break;
	case ASK_END:
		server->ending = true;
		break;
	}
}

void server_take(struct server *server, uint64_t tag, int64_t now_ns)
{
	struct sandbox *sandbox;

	if (tag == CTL_TAG || tag == LISTEN_TAG) {
		if (tag == LISTEN_TAG)
			attend_next(server);
		else if (server->ctl >= 0 && server->holds)
			attend_flush(server);
		else if (server->ctl >= 0)
			take_ask(server);
		return;
	}
	/* An earlier event of the same epoll_wait() may have freed the sandbox. */
	sandbox = server_find(server, (uint32_t)(tag >> 2));
	if (!sandbox || sandbox->over)
		return;
	if ((tag & 3) == TAG_PIDFD)
		reap_exit(server, sandbox, now_ns);
	else if ((tag & 3) == TAG_OOM)
		limit_wake(server, sandbox);
	else if (sandbox->sync >= 0 && sandbox->pidfd < 0)
		server_greet(server, sandbox);
	else if (sandbox->sync >= 0)
		reap_setup(server, sandbox);
}
