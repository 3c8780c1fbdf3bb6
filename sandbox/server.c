#include "sandbox/server.h"

#include "sandbox/ids.h"
#include "sandbox/link.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Chosen by us, so that no look-up by name is needed; below lie lo and what the kernel adds by
 * itself. */
#define UP_IFINDEX 999
#define FIRST_IFINDEX 1000
#define LAST_IFINDEX 0x7fff0000

#define CTL_TAG UINT64_MAX
#define EVENTS_AT_ONCE 64

enum tag_kind { TAG_PIDFD = 0, TAG_SYNC = 1 };

static const struct backend *const backends[] = {&backend_ns, &backend_process};

const struct backend *backend_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

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

void server_tell(struct server *server, struct tell tell)
{
	tell.magic = PROTO_MAGIC;
	if (tell_send(server->ctl, &tell, NULL, 0) < 0)
		server->ending = true;
}

void server_refuse(struct server *server, uint32_t id, const struct err *err)
{
	server_tell(server, (struct tell){.kind = SANDBOX_REFUSED, .id = id, .err = *err});
}

static int watch(struct server *server, int fd, uint64_t tag, struct err *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};

	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return err_errno(err, -errno, "watch a descriptor");
	return 0;
}

static int let_go_on(const struct sandbox *sandbox, struct err *err)
{
	if (send(sandbox->sync, "g", 1, MSG_NOSIGNAL) != 1)
		return err_errno(err, -errno, "tell the init to go on");
	return 0;
}

static int connect_to_parent(struct server *server, struct sandbox *sandbox,
			     const struct sandbox_spec *spec, struct err *err)
{
	struct sandbox *parent = server_find(server, spec->parent);
	struct link_end up = {.pid = sandbox->pid, .addr = spec->child_addr, .ifindex = UP_IFINDEX};
	struct link_end down = {.pid = parent ? parent->pid : getpid(), .addr = spec->parent_addr};

	sandbox->netlink = link_open(sandbox->pidfd, server->host.net_ns, err);
	if (!sandbox->netlink)
		return err ? err->code : -EIO;
	sandbox->parent_ifindex = server->next_ifindex++;
	if (server->next_ifindex == LAST_IFINDEX)
		server->next_ifindex = FIRST_IFINDEX;
	up.netlink = sandbox->netlink;
	down.netlink = server_netlink(server, spec->parent);
	down.ifindex = sandbox->parent_ifindex;
	return link_create(spec->id, server->netlink, &down, &up, err);
}

/* What the launcher does for an init while that sets itself up. */
static int assist(struct server *server, struct sandbox *sandbox, const struct sandbox_spec *spec,
		  struct err *err)
{
	bool isolated = server->host.backend->isolated;
	int r = watch(server, sandbox->pidfd, (uint64_t)spec->id << 1 | TAG_PIDFD, err);

	if (r == 0)
		r = watch(server, sandbox->sync, (uint64_t)spec->id << 1 | TAG_SYNC, err);
	if (r == 0 && isolated)
		r = ids_map_sandbox(sandbox->pid, spec->id, server->host.id_range, err);
	if (r == 0)
		r = let_go_on(sandbox, err);
	if (r == 0 && isolated)
		r = connect_to_parent(server, sandbox, spec, err);
	return r < 0 ? r : let_go_on(sandbox, err);
}

static int check_spec(struct server *server, const struct sandbox_spec *spec, struct err *err)
{
	struct sandbox *parent;

	if (spec->id > SANDBOX_ID_MAX)
		return err_text(err, -EINVAL, "no sandbox id: %u", spec->id);
	if (!memchr(spec->boot, '\0', sizeof(spec->boot)))
		return err_text(err, -EINVAL, "the boot line does not end");
	if (server_find(server, spec->id))
		return err_text(err, -EEXIST, "sandbox %u exists", spec->id);
	if (spec->parent == SANDBOX_NO_PARENT)
		return 0;
	parent = server_find(server, spec->parent);
	if (!parent || parent->doomed || parent->removal)
		return err_text(err, -ENOENT, "no parent sandbox %u", spec->parent);
	return 0;
}

static void take_create(struct server *server, const struct ask_create *ask)
{
	struct tell failed = {.kind = SANDBOX_FAILED, .id = ask->spec.id};
	struct sandbox *sandbox = NULL;
	int r = check_spec(server, &ask->spec, &failed.err);

	if (r == 0) {
		sandbox = calloc(1, sizeof(*sandbox));
		if (!sandbox)
			r = err_errno(&failed.err, -ENOMEM, "allocate a sandbox");
	}
	if (r == 0)
		r = server->host.backend->start(&server->host, &ask->spec, sandbox, &failed.err);
	if (r < 0) {
		free(sandbox);
		server_tell(server, failed);
		return;
	}
	sandbox->id = ask->spec.id;
	sandbox->parent = ask->spec.parent;
	HASH_ADD(hh, server->sandboxes, id, sizeof(sandbox->id), sandbox);
	if (assist(server, sandbox, &ask->spec, &sandbox->err) < 0) {
		reap_doom(sandbox);
		/* It may not be watched yet; killed, it ends at once. */
		waitid(P_PIDFD, sandbox->pidfd, NULL, WEXITED | WNOWAIT);
		reap_exit(server, sandbox, clock_ns());
	}
}

static void take_kill(struct server *server, const struct ask_kill *ask, bool hand_over)
{
	struct sandbox *sandbox = server_find(server, ask->id);
	struct tell tell = {.magic = PROTO_MAGIC, .kind = SANDBOX_PIDFD, .id = ask->id};
	struct err err;

	if (!sandbox) {
		err_text(&err, -ESRCH, "no sandbox %u", ask->id);
		server_refuse(server, ask->id, &err);
	} else if (hand_over) {
		tell.pid = sandbox->pid;
		if (tell_send(server->ctl, &tell, &sandbox->pidfd, 1) < 0)
			server->ending = true;
	} else if (syscall(SYS_pidfd_send_signal, sandbox->pidfd, ask->signal, NULL, 0) < 0) {
		err_errno(&err, -errno, "send signal %d to sandbox %u", ask->signal, ask->id);
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
		return len == sizeof(ask->kill);
	default:
		return false;
	}
}

static void take_ask(struct server *server)
{
	union ask *ask = &server->ask;
	ssize_t n = recv(server->ctl, ask, sizeof(*ask), MSG_DONTWAIT | MSG_TRUNC);
	struct err err;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		server->ending = true;
	} else if ((size_t)n > sizeof(*ask) || !well_formed(ask, n)) {
		err_text(&err, -EBADMSG, "malformed request of %zd bytes", n);
		server_refuse(server, SANDBOX_NO_PARENT, &err);
	} else if (ask->header.op == ASK_CREATE) {
		take_create(server, &ask->create);
	} else if (ask->header.op == ASK_REMOVE) {
		reap_remove(server, &ask->remove);
	} else {
		take_kill(server, &ask->kill, ask->header.op == ASK_PIDFD);
	}
}

static void take_event(struct server *server, uint64_t tag, int64_t now_ns)
{
	struct sandbox *sandbox;

	if (tag == CTL_TAG) {
		take_ask(server);
		return;
	}
	/* An event of this turn may name one that an earlier event cleared away. */
	sandbox = server_find(server, tag >> 1);
	if (!sandbox)
		return;
	if ((tag & 1) == TAG_PIDFD)
		reap_exit(server, sandbox, now_ns);
	else if (sandbox->sync >= 0)
		reap_setup(server, sandbox);
}

static void serve(struct server *server)
{
	struct epoll_event events[EVENTS_AT_ONCE];

	while (!server->ending) {
		int n = epoll_wait(server->epoll, events, EVENTS_AT_ONCE, reap_removals(server));
		int64_t now_ns = clock_ns();

		for (int i = 0; i < n && !server->ending; i++)
			take_event(server, events[i].data.u64, now_ns);
	}
	reap_all(server);
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int prepare(struct server *server, const char *backend, const char *agent, struct err *err)
{
	int r;

	server->host.backend = backend_find(backend);
	if (!server->host.backend)
		return err_text(err, -EINVAL, "no backend %s (there are ns and process)", backend);
	server->host.agent = -1;
	server->host.id_range = ids_have_range();
	server->host.net_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	server->host.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->host.net_ns < 0 || server->host.null < 0 || server->epoll < 0)
		return err_errno(err, -errno, "open the launcher's descriptors");
	server->next_ifindex = FIRST_IFINDEX;
	server->netlink = link_open(-1, -1, err);
	if (!server->netlink)
		return err->code;
	r = link_loopback_up(server->netlink, err);
	if (r == 0)
		r = server->host.backend->prepare(&server->host, agent, err);
	return r < 0 ? r : watch(server, server->ctl, CTL_TAG, err);
}

static int tell_ready(struct server *server)
{
	struct tell ready = {.magic = PROTO_MAGIC, .kind = TELL_READY};
	autoclose int user_ns = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	int fds[] = {user_ns, server->host.net_ns};

	return tell_send(server->ctl, &ready, fds, 2);
}

int launcher_main(int argc, char **argv, sandbox_entry *entry)
{
	static struct server server;
	struct tell failed = {.magic = PROTO_MAGIC, .kind = SANDBOX_FAILED};

	if (argc != 5 || (server.ctl = atoi(argv[2])) <= 2 ||
	    fcntl(server.ctl, F_SETFD, FD_CLOEXEC) < 0) {
		fprintf(stderr, "bonsaid: --launcher is for bonsaid itself\n");
		return 2;
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NAME, "bonsai-launcher");
	raise_descriptor_limit();
	server.host.entry = entry;
	server.host.title = argv[0];
	server.host.title_bytes = argv[argc - 1] + strlen(argv[argc - 1]) - argv[0];
	if (prepare(&server, argv[3], argv[4], &failed.err) < 0) {
		tell_send(server.ctl, &failed, NULL, 0);
		return 1;
	}
	if (tell_ready(&server) < 0)
		return 1;
	serve(&server);
	return 0;
}
