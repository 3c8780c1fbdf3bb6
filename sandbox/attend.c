/* How a client attaches to the launcher, is sent messages, and disconnects. */
#include "sandbox/server.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/*
 * While the outbox holds messages to the client, watch the client's socket only for room to send
 * them. The client must read the held messages before the launcher takes its next request.
 */
static void wait_for(struct server *server, bool held)
{
	struct epoll_event event = {.events = held ? EPOLLOUT : EPOLLIN, .data.u64 = CTL_TAG};

	if (server->holds != held)
		epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->ctl, &event);
	server->holds = held;
}

/* `r`: the return value of outbox_send or outbox_flush. */
static void settle(struct server *server, int r)
{
	if (r < 0) {
		/*
		 * The client is gone, or memory is out: send nothing more. But go on reading: the
		 * client's requests that are still queued count, above all those that set notes.
		 */
		outbox_release(&server->outbox);
		server->deaf = true;
		if (server->listen < 0)
			server->ending = true;
	}
	wait_for(server, r > 0);
}

void server_tell_fds(struct server *server, struct tell tell, const int *fds, int count)
{
	if (server->ctl < 0 || server->deaf)
		return;
	tell.magic = PROTO_MAGIC;
	settle(server, outbox_send(&server->outbox, server->ctl, &tell, fds, count));
}

void attend_flush(struct server *server)
{
	settle(server, outbox_flush(&server->outbox, server->ctl));
}

void server_tell(struct server *server, struct tell tell)
{
	server_tell_fds(server, tell, NULL, 0);
}

void server_refuse(struct server *server, uint32_t id, const struct err *err)
{
	server_tell(server, (struct tell){.kind = SANDBOX_REFUSED, .id = id, .err = *err});
}

int attend_welcome(struct server *server)
{
	autoclose int user_ns = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	int fds[] = {user_ns, server->host.net_ns};

	struct tell ready = {.kind = TELL_READY,
			     .pid = getpid(),
			     .status = server->host.backend->isolated,
			     .signal = server->host.backend->number,
			     .note = server->note,
			     .limits = server->limits,
			     .ticket = ++server->generation};

	if (user_ns < 0)
		return -errno;
	snprintf(ready.err.text, sizeof(ready.err.text), "%s", server->host.image);
	server_tell_fds(server, ready, fds, 2);
	return server->deaf ? -EPIPE : 0;
}

static enum sandbox_life life_of(const struct sandbox *sandbox)
{
	if (sandbox->over)
		return SANDBOX_OVER;
	return sandbox->running ? SANDBOX_UP : SANDBOX_STARTING;
}

/*
 * Sends the record, a message for each sandbox, to the client. Skips a sandbox that is being
 * removed or whose set-up failed: such a sandbox will soon be gone, as if it had never existed.
 */
static void tell_record(struct server *server)
{
	struct sandbox *sandbox, *next;

	HASH_ITER(hh, server->sandboxes, sandbox, next) {
		if (sandbox->removal || sandbox->doomed)
			continue;
		server_tell(server, (struct tell){.kind = SANDBOX_HELD,
						  .id = sandbox->id,
						  .parent = sandbox->parent,
						  .parent_addr = sandbox->parent_addr,
						  .pid = sandbox->pid,
						  .life = life_of(sandbox),
						  .note = sandbox->note,
						  .limits = sandbox->limits,
						  .status = sandbox->end.status,
						  .signal = sandbox->end.signal,
						  .time_ns = sandbox->over ? sandbox->end.time_ns
									   : sandbox->since_ns});
	}
	server_tell(server, (struct tell){.kind = SANDBOX_LISTED});
}

/*
 * Makes the connection `fd` the client. If the welcome message can be sent, sends the client the
 * record of all sandboxes; else drops the client.
 */
static void take(struct server *server, int fd)
{
	server->ctl = fd;
	server->proven = false;
	if (server_watch(server, fd, EPOLLIN, CTL_TAG, NULL) == 0 && attend_welcome(server) == 0)
		tell_record(server);
	else if (server->ctl >= 0)
		attend_lost(server);
}

void attend_lost(struct server *server)
{
	close(steal_fd(&server->ctl));
	outbox_release(&server->outbox);
	server->deaf = server->holds = false;
	if (server->listen < 0)
		server->ending = true;
	else if (server->next >= 0)
		take(server, steal_fd(&server->next));
}

/*
 * Accepts a new connection. If there is a client that has sent a request, that client stays until
 * it disconnects. Meanwhile new connections wait; only the newest is kept. A client that has sent
 * no request is replaced by the newest connection.
 *
 * This keeps no controller out: the lock on the tree's folder allows only one controller at a time.
 * So a new connection comes from another program, or from a new controller before the launcher has
 * noticed that the old one is gone.
 */
void attend_next(struct server *server)
{
	int fd = accept4(server->listen, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	cleanup_close(&server->next);
	server->next = fd;
	if (server->ctl < 0)
		take(server, steal_fd(&server->next));
	else if (!server->proven)
		attend_lost(server);
}
