/*
 * Links a sandbox to its parent when the init or the network of one of them is late. If the backend
 * has `greet`, the launcher knows an init only after the init's first message. Several sandboxes
 * are set up at the same time, so a sandbox may have to wait for its parent.
 */
#include "sandbox/server.h"

#include "sandbox/link.h"

#include "base/address.h"
#include "base/cleanup.h"

#include <errno.h>

bool server_waits(struct server *server, const struct sandbox *sandbox)
{
	const struct sandbox *parent = server_find(server, sandbox->parent);

	return parent && !parent->over && !parent->doomed && !parent->netlink;
}

int server_join(struct server *server, struct sandbox *sandbox, struct err *err)
{
	int r;

	if (!server_netlink(server, sandbox->parent))
		return err_text(err, -ENOENT, NO_PARENT, sandbox->parent);
	r = server_connect(server, sandbox, err);
	return r < 0 ? r : server_let_go_on(sandbox, err);
}

static void give_up(struct server *server, struct sandbox *sandbox)
{
	reap_doom(server, sandbox);
	/*
	 * If the init is known, keep `sync` open: the init's report, which says what failed, may
	 * still be unread.
	 */
	if (sandbox->pidfd < 0)
		close(steal_fd(&sandbox->sync));
}

void server_go_on(struct server *server, uint32_t parent)
{
	struct sandbox *sandbox, *next;

	if (!server->host.backend->greet)
		return;
	HASH_ITER(hh, server->sandboxes, sandbox, next) {
		if (!sandbox->waits || sandbox->parent != parent)
			continue;
		sandbox->waits = false;
		if (sandbox->running)
			server_link(server, sandbox->id);
		else if (!sandbox->doomed && server_join(server, sandbox, &sandbox->err) < 0)
			give_up(server, sandbox);
	}
}

void server_link(struct server *server, uint32_t id)
{
	struct sandbox *sandbox = server_find(server, id);
	struct err err;
	int r = 0;

	if (sandbox && sandbox->running && !sandbox->over && server_waits(server, sandbox)) {
		sandbox->waits = true;
		return;
	}

	if (!sandbox || sandbox->over || sandbox->removal || !server_find(server, sandbox->parent))
		r = err_text(&err, -ESRCH, "no sandbox %u, or no parent of it", id);
	else if (sandbox->netlink && !server_netlink(server, sandbox->parent))
		r = err_text(&err, -ENOTCONN, "no network at the parent of sandbox %u", id);
	/*
	 * Delete what is left of the old link now: the kernel would remove it only some time later.
	 */
	if (r == 0 && sandbox->netlink)
		r = link_delete(sandbox->netlink, UP_IFINDEX, &err);
	if (r == 0 && sandbox->netlink)
		r = server_connect(server, sandbox, &err);
	if (r < 0)
		server_refuse(server, id, &err);
}

void server_greet(struct server *server, struct sandbox *sandbox)
{
	int r = server->host.backend->greet(sandbox, &sandbox->err);

	if (r == -EAGAIN)
		return;
	if (r == 0)
		r = server_assist(server, sandbox, &sandbox->err);
	if (r < 0)
		give_up(server, sandbox);
	else
		server_go_on(server, sandbox->id);
}
