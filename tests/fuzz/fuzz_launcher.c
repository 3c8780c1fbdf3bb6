/*
 * Fuzzes the launcher's input: datagrams of any size and content from the client, and set-up
 * reports with descriptors from inits. Meanwhile sandboxes fail, exit and are frozen, and the
 * client may stop reading. For any input, the launcher replies to a datagram or does nothing, each
 * reply is whole, and no descriptor leaks.
 * An input is a sequence of steps. A step is an octet that selects the action, an octet that holds
 * the length of the data, and the data.
 */
#include "tests/fuzz/fuzz.h"

#include "sandbox/freeze.h"
#include "sandbox/gather.h"
#include "sandbox/ids.h"
#include "sandbox/link.h"
#include "sandbox/resize.h"
#include "sandbox/server.h"
#include "sandbox/sweeper.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CTL 1000000 /* a number for the client's socket; no descriptor has this number */
#define STEPS_MAX 64

/* --- stand-ins for the kernel and the client --- */

static struct {
	const void *ask;
	size_t len;
	bool is_full; /* the client reads nothing */
	bool fails;   /* each attempt() fails */
	int init[64]; /* by the launcher's end of a socket pair: the init's end; 0: none */
} world;

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	must(fd == CTL && flags & MSG_TRUNC);
	memcpy(buffer, world.ask, world.len < size ? world.len : size);
	return (ssize_t)world.len;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	(void)fd;
	(void)data;
	(void)flags;
	return (ssize_t)len;
}

int tell_send(int fd, const struct tell *tell, const int *fds, int count, int flags)
{
	must(fd == CTL && tell->magic == PROTO_MAGIC);
	must(memchr(tell->err.text, '\0', sizeof(tell->err.text)));
	for (int i = 0; i < count; i++)
		must(fcntl(fds[i], F_GETFD) >= 0);
	return world.is_full && flags & MSG_DONTWAIT ? -EAGAIN : 0;
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	(void)type;
	(void)options;
	must(fcntl((int)id, F_GETFD) >= 0);
	if (info) {
		info->si_pid = 1;
		info->si_code = CLD_KILLED;
		info->si_status = 9;
	}
	return 0;
}

int poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
	(void)polled;
	(void)timeout_ms;
	return (int)count;
}

int epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	(void)epoll;
	(void)op;
	(void)fd;
	(void)event;
	return 0;
}

int prlimit(pid_t pid, __rlimit_resource_t resource, const struct rlimit *limit, struct rlimit *old)
{
	(void)pid;
	(void)resource;
	(void)limit;
	(void)old;
	errno = ESRCH;
	return -1;
}

static int attempt(struct err *err)
{
	return world.fails ? err_errno(err, -EIO, "try it") : 0;
}

struct nl_sock *link_open(int pidfd, int home_ns, struct err *err)
{
	static char opened;

	(void)home_ns;
	must(fcntl(pidfd, F_GETFD) >= 0);
	return attempt(err) < 0 ? NULL : (struct nl_sock *)&opened;
}

void link_close(struct nl_sock *netlink)
{
	(void)netlink;
}

int link_create(uint32_t id, const struct link_end *parent, const struct link_end *child,
		struct err *err)
{
	must(id <= SANDBOX_ID_MAX && parent->netlink && child->netlink);
	return attempt(err);
}

bool link_exists(struct nl_sock *netlink, int ifindex)
{
	(void)ifindex;
	must(netlink);
	return world.fails;
}

int link_delete(struct nl_sock *netlink, int ifindex, struct err *err)
{
	(void)ifindex;
	must(netlink);
	return attempt(err);
}

int freeze_sandbox(int pidfd, bool freeze, struct err *err)
{
	(void)freeze;
	must(fcntl(pidfd, F_GETFD) >= 0);
	return attempt(err);
}

int resize_run(int pidfd, uint64_t bytes, struct err *err)
{
	(void)bytes;
	must(fcntl(pidfd, F_GETFD) >= 0);
	return attempt(err);
}

int gather_processes(int pidfd, const int *groups, int count)
{
	(void)groups;
	(void)count;
	must(fcntl(pidfd, F_GETFD) >= 0);
	return attempt(NULL);
}

int ids_map_sandbox(pid_t pid, uint32_t id, bool range, struct err *err)
{
	(void)pid;
	(void)id;
	(void)range;
	return attempt(err);
}

pid_t sweeper_start(const struct hierarchies *all)
{
	(void)all;
	return 0;
}

static int start(const struct host *host, const struct sandbox_spec *spec, struct sandbox *sandbox,
		 struct err *err)
{
	int pair[2];

	(void)host;
	must(spec->id <= SANDBOX_ID_MAX);
	/* Refuse more sandboxes than `world.init` has room for. */
	if (fuzz_next_fd() > (int)ARRAY_SIZE(world.init) / 2)
		return err_errno(err, -EMFILE, "start it");
	if (attempt(err) < 0)
		return err ? err->code : -EIO;
	sandbox->pid = INT32_MAX;
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	must((size_t)pair[0] < ARRAY_SIZE(world.init));
	sandbox->pidfd = eventfd(0, EFD_CLOEXEC);
	sandbox->sync = pair[0];
	if (world.init[pair[0]])
		close(world.init[pair[0]]);
	world.init[pair[0]] = pair[1];
	return 0;
}

static const struct backend backend = {.name = "none", .isolated = true, .start = start};

/* --- the steps of an input --- */

/* Returns the open descriptors below 64 as a mask with one bit for each. */
static uint64_t open_descriptors(void)
{
	uint64_t open = 0;

	for (int fd = 0; fd < 64; fd++)
		open |= (uint64_t)(fcntl(fd, F_GETFD) >= 0) << fd;
	return open;
}

/*
 * Passes a request to the server. If `op` is 0, the data is the whole datagram. Otherwise the
 * datagram gets a valid header and the size that a request `op` has, so that many requests are
 * well-formed.
 */
static void take_ask(struct server *server, uint8_t op, const uint8_t *data, size_t len)
{
	static const size_t sizes[] = {
	    [ASK_CREATE] = sizeof(struct ask_create), [ASK_KILL] = sizeof(struct ask_kill),
	    [ASK_PIDFD] = sizeof(struct ask_kill),    [ASK_FREEZE] = sizeof(struct ask_kill),
	    [ASK_LINK] = sizeof(struct ask_kill),     [ASK_NOTE] = sizeof(struct ask_note),
	    [ASK_LIMIT] = sizeof(struct ask_limit),   [ASK_END] = sizeof(struct ask_header)};
	const size_t header = offsetof(struct ask_header, ticket);
	union ask ask;

	world.ask = data;
	world.len = len;
	if (op > 0) {
		memset(&ask, 0, sizeof(ask));
		memcpy((char *)&ask + header, data, len);
		ask.header.magic = PROTO_MAGIC;
		ask.header.op = op;
		world.ask = &ask;
		world.len = op < ARRAY_SIZE(sizes) && sizes[op] ? sizes[op] : header + len;
	}
	if (op == ASK_REMOVE)
		world.len =
		    offsetof(struct ask_remove, ids) + ask.remove.count % 64 * sizeof(uint32_t);
	/* Skip an empty datagram: for the server a length of 0 means end of file. */
	if (world.len > 0)
		server_take(server, CTL_TAG, 1);
}

/*
 * Passes a set-up report of an init to the server, with up to three descriptors (`what` & 3). If
 * `what` & 12 is 0, the data is the whole report. Otherwise the report has the right size, and the
 * data is its error text.
 */
static void take_report(struct server *server, uint32_t id, int what, const uint8_t *data,
			size_t len)
{
	struct sandbox *sandbox = server_find(server, id);
	struct setup_report report = {{.code = what & 8 ? -EIO : 0}};
	if (!sandbox || sandbox->sync < 0)
		return;
	if (what & 12) {
		memset(report.err.text, 'x', sizeof(report.err.text));
		memcpy(report.err.text, data, len);
		data = (const uint8_t *)&report;
		len = sizeof(report);
	}
	fuzz_send(world.init[sandbox->sync], data, len, what & 3);
	server_take(server, server_tag(id, TAG_SYNC), 1);
}

static void take_step(struct server *server, uint8_t what, const uint8_t *data, size_t len)
{
	uint32_t id = 0;

	memcpy(&id, data, len < sizeof(id) ? len : sizeof(id));
	switch (what >> 4) {
	case 0:
		server_take(server, server_tag(id, TAG_PIDFD), 1);
		break;
	case 1:
		take_report(server, id, what & 15, data, len);
		break;
	case 2:
		world.is_full = what & 1;
		if (server->holds)
			server_take(server, CTL_TAG, 1);
		break;
	case 3:
		world.fails = what & 1;
		reap_removals(server);
		limit_look_again(server);
		break;
	case 4:
		server_take(server, server_tag(id, TAG_OOM), 1);
		break;
	default:
		take_ask(server, what & 15, data, len);
		break;
	}
}

static void close_down(struct server *server)
{
	struct removal *next;

	world.fails = false;
	reap_all(server);
	while (server->removals) {
		next = server->removals->next;
		free(server->removals);
		server->removals = next;
	}
	for (size_t i = 0; i < ARRAY_SIZE(world.init); i++)
		if (world.init[i])
			close(world.init[i]);
	outbox_release(&server->outbox);
	cgroups_close(&server->groups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t before = open_descriptors();
	struct server server = {.ctl = CTL, .next = -1, .listen = -1, .tree_oom = -1, .epoll = -1};
	size_t at = 0;

	memset(&world, 0, sizeof(world));
	server.host.backend = &backend;
	server.host.image = "";
	server.host.net_ns = server.host.null = server.host.helper = -1;
	server.netlink = link_open(0, -1, NULL);
	server.groups.name = "none";
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		server.groups.places[i].own = server.groups.places[i].tree = -1;
	for (int i = 0; i < STEPS_MAX && at + 2 <= size && !server.ending; i++) {
		size_t len = data[at + 1];

		if (len > size - at - 2)
			len = size - at - 2;
		take_step(&server, data[at], data + at + 2, len);
		at += 2 + len;
	}
	close_down(&server);
	must(open_descriptors() == before);
	return 0;
}
