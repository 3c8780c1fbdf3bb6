/* How sandboxes end: by a removal, by themselves, or during their set-up. */
#include "sandbox/server.h"

#include "sandbox/fdpass.h"
#include "sandbox/link.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <utlist.h>

#define LINK_LIMIT_NS (2 * NS_PER_S)
#define END_LIMIT_NS (8 * NS_PER_S)
#define LOOK_MS 1

static void send_kill(struct server *server, const struct sandbox *sandbox)
{
	/* Ignore ESRCH: the init has already exited, and reap_exit will handle it. */
	server_signal(server, sandbox, SIGKILL);
}

void reap_doom(struct server *server, struct sandbox *sandbox)
{
	sandbox->doomed = true;
	send_kill(server, sandbox);
}

void reap_setup(struct server *server, struct sandbox *sandbox)
{
	struct setup_report report;
	autoclose int fd = -1;
	ssize_t n = fdpass_receive(sandbox->sync, &report, sizeof(report), &fd, NULL, MSG_DONTWAIT);

	if (n == -EAGAIN)
		return;
	if (n == (ssize_t)sizeof(report) && report.err.code == 0 && !sandbox->doomed) {
		sandbox->running = true;
		server_tell(
		    server,
		    (struct tell){.kind = SANDBOX_CREATED, .id = sandbox->id, .pid = sandbox->pid});
	} else {
		/*
		 * The init's own error is the cause of any error that the launcher has seen: report
		 * the init's error instead.
		 */
		if (n == (ssize_t)sizeof(report) && report.err.code < 0) {
			report.err.text[sizeof(report.err.text) - 1] = '\0';
			sandbox->err = report.err;
		}
		reap_doom(server, sandbox);
	}
	close(steal_fd(&sandbox->sync));
}

static void release(struct server *server, struct sandbox *sandbox)
{
	limit_end(server, sandbox);
	if (!sandbox->over && server->host.backend->clear)
		server->host.backend->clear(&server->host, sandbox);
	HASH_DEL(server->sandboxes, sandbox);
	/*
	 * Close the netlink socket: it would keep the network namespace, and with it the veth pair,
	 * alive.
	 */
	link_close(sandbox->netlink);
	cleanup_close(&sandbox->sync);
	cleanup_close(&sandbox->pidfd);
	cleanup_close(&sandbox->keeper);
	free(sandbox);
}

void reap_forget(struct server *server, struct sandbox *sandbox)
{
	release(server, sandbox);
}

/*
 * Frees what the sandbox holds but keeps its record: the launcher must tell the next client of the
 * exit too.
 */
static void keep_record(struct server *server, struct sandbox *sandbox, const siginfo_t *info,
			int64_t now_ns)
{
	if (server->host.backend->clear)
		server->host.backend->clear(&server->host, sandbox);
	link_close(steal_ptr(&sandbox->netlink));
	close(steal_fd(&sandbox->pidfd));
	cleanup_close(&sandbox->keeper);
	sandbox->keeper = -1;
	sandbox->over = true;
	sandbox->end.status = info->si_code == CLD_EXITED ? info->si_status : 0;
	sandbox->end.signal = info->si_code == CLD_EXITED ? 0 : info->si_status;
	sandbox->end.time_ns = now_ns;
}

static void finish_removal(struct server *server, struct removal *removal)
{
	server_tell(server, (struct tell){.kind = SANDBOX_REMOVED, .ticket = removal->ticket});
	DL_DELETE(server->removals, removal);
	free(removal);
}

/*
 * Takes the next step of a removal. Called at the start of the removal, and after the launcher has
 * reaped a sandbox of it.
 */
static void advance_removal(struct server *server, struct removal *removal)
{
	struct sandbox *top = server_find(server, removal->top);

	if (removal->left == 1 && top && top->removal == removal)
		send_kill(server, top);
	else if (removal->left == 0 && removal->parent_ifindex == 0)
		finish_removal(server, removal);
	else if (removal->left == 0)
		removal->deadline_ns = clock_ns() + LINK_LIMIT_NS;
}

static void tell_end(struct server *server, struct sandbox *sandbox, const siginfo_t *info,
		     int64_t now_ns)
{
	bool exited = info->si_code == CLD_EXITED;
	struct tell tell = {
	    .kind = sandbox->running ? SANDBOX_EXITED : SANDBOX_FAILED,
	    .id = sandbox->id,
	    .pid = sandbox->pid,
	    .status = exited ? info->si_status : 0,
	    .signal = exited ? 0 : info->si_status,
	    .requested = sandbox->removal != NULL,
	    .time_ns = now_ns,
	    .err = sandbox->err,
	};

	if (!sandbox->running && tell.err.code == 0)
		err_text(&tell.err, -ECHILD, "its init %s %d while it was set up",
			 exited ? "exited with status" : "was killed by signal", info->si_status);
	server_tell(server, tell);
}

/*
 * Deletes the link at the parent's end. The kernel removes the link of a dead namespace some time
 * later; until then the link would block a new sandbox of the same id.
 */
static void clear_link(struct server *server, const struct sandbox *sandbox)
{
	struct nl_sock *parent = server_netlink(server, sandbox->parent);

	if (sandbox->netlink && parent)
		link_delete(parent, sandbox->parent_ifindex, NULL);
}

void reap_exit(struct server *server, struct sandbox *sandbox, int64_t now_ns)
{
	struct removal *removal = sandbox->removal;
	const uint32_t id = sandbox->id;
	siginfo_t info = {0};

	if (waitid(P_PIDFD, server_child(sandbox), &info, WEXITED | WNOHANG) < 0 ||
	    info.si_pid == 0)
		return;
	if (server->host.backend->how_ended)
		server->host.backend->how_ended(sandbox, &info);
	/* Read the setup report before handling the exit: the report says why the init exited. */
	if (sandbox->sync >= 0)
		reap_setup(server, sandbox);
	/* Send the OOM event before EXITED: the OOM event tells the cause of the exit. */
	limit_end(server, sandbox);
	tell_end(server, sandbox, &info, now_ns);
	if (removal) {
		removal->left--;
		if (sandbox->id == removal->top && sandbox->netlink) {
			removal->parent = sandbox->parent;
			removal->parent_ifindex = sandbox->parent_ifindex;
		}
	}
	if (!removal)
		clear_link(server, sandbox);
	if (!removal && sandbox->running)
		keep_record(server, sandbox, &info, now_ns);
	else
		release(server, sandbox);
	server_go_on(server, id);
	if (removal)
		advance_removal(server, removal);
}

void reap_remove(struct server *server, const struct ask_remove *ask)
{
	struct removal *removal = calloc(1, sizeof(*removal));

	if (!removal) {
		struct err err;

		err_errno(&err, -ENOMEM, "remove %u sandboxes", ask->count);
		server_refuse(server, SANDBOX_NO_PARENT, &err);
		return;
	}
	removal->ticket = ask->header.ticket;
	removal->top = ask->count ? ask->ids[ask->count - 1] : SANDBOX_NO_PARENT;
	DL_APPEND(server->removals, removal);
	for (uint32_t i = 0; i < ask->count; i++) {
		struct sandbox *sandbox = server_find(server, ask->ids[i]);

		if (!sandbox || sandbox->removal)
			continue;
		if (sandbox->over) {
			release(server, sandbox);
			continue;
		}
		sandbox->removal = removal;
		removal->left++;
		if (ask->ids[i] != removal->top)
			send_kill(server, sandbox);
	}
	advance_removal(server, removal);
}

int reap_removals(struct server *server)
{
	struct removal *removal, *next;
	int wait_ms = -1;

	DL_FOREACH_SAFE(server->removals, removal, next) {
		struct nl_sock *netlink;

		if (removal->left > 0)
			continue;
		netlink = server_netlink(server, removal->parent);
		if (netlink && link_exists(netlink, removal->parent_ifindex)) {
			wait_ms = LOOK_MS;
			if (clock_ns() < removal->deadline_ns)
				continue;
			link_delete(netlink, removal->parent_ifindex, NULL);
		}
		finish_removal(server, removal);
	}
	return wait_ms;
}

void reap_all(struct server *server)
{
	int64_t deadline_ns = clock_ns() + END_LIMIT_NS;
	struct sandbox *sandbox, *next;
	int root_link = 0;

	HASH_ITER(hh, server->sandboxes, sandbox, next) {
		if (!sandbox->over)
			send_kill(server, sandbox);
		if (!sandbox->over && sandbox->parent == SANDBOX_NO_PARENT)
			root_link = sandbox->parent_ifindex;
	}
	HASH_ITER(hh, server->sandboxes, sandbox, next) {
		struct pollfd end = {.fd = server_child(sandbox), .events = POLLIN};

		if (!sandbox->over)
			poll(&end, 1, clock_ms_until(deadline_ns, 8000));
		if (!sandbox->over)
			waitid(P_PIDFD, server_child(sandbox), NULL, WEXITED | WNOHANG);
		release(server, sandbox);
	}
	while (root_link && clock_ns() < deadline_ns && link_exists(server->netlink, root_link))
		poll(NULL, 0, LOOK_MS);
}
