/* The client's side of the launcher's protocol, once the launcher is running. */
#include "sandbox/proto.h"

#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define FIRST_LIMIT_MS 10000

static int ask(struct launcher *launcher, const void *ask, size_t len, const char *what,
	       struct err *err)
{
	while (send(launcher->fd, ask, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		if (errno != EINTR)
			return err_errno(err, -errno, "ask the launcher to %s", what);
	return 0;
}

int launcher_create(struct launcher *launcher, const struct sandbox_spec *spec, struct err *err)
{
	struct ask_create create;

	memset(&create, 0, sizeof(create)); /* clears the padding too, since it is sent as well */
	create.header = (struct ask_header){PROTO_MAGIC, ASK_CREATE, 0};
	create.spec = *spec;
	return ask(launcher, &create, sizeof(create), "create", err);
}

int launcher_remove(struct launcher *launcher, const uint32_t *ids, size_t count, uint64_t ticket,
		    struct err *err)
{
	autofree struct ask_remove *list = NULL;

	if (count > SANDBOX_REMOVE_MAX)
		return err_errno(err, -E2BIG, "remove %zu sandboxes in one go", count);
	list = calloc(1, sizeof(*list));
	if (!list)
		return err_errno(err, -ENOMEM, "remove %zu sandboxes", count);
	list->header = (struct ask_header){PROTO_MAGIC, ASK_REMOVE, ticket};
	list->count = count;
	memcpy(list->ids, ids, count * sizeof(*ids));
	return ask(launcher, list, offsetof(struct ask_remove, ids) + count * sizeof(*ids),
		   "remove", err);
}

int launcher_kill(struct launcher *launcher, uint32_t id, int signal, struct err *err)
{
	struct ask_kill kill = {{PROTO_MAGIC, ASK_KILL, 0}, id, signal};

	return ask(launcher, &kill, sizeof(kill), "send a signal", err);
}

int launcher_freeze(struct launcher *launcher, uint32_t id, bool freeze, uint64_t ticket,
		    struct err *err)
{
	struct ask_kill freezing = {{PROTO_MAGIC, ASK_FREEZE, ticket}, id, freeze};

	return ask(launcher, &freezing, sizeof(freezing), freeze ? "freeze" : "thaw", err);
}

int launcher_link(struct launcher *launcher, uint32_t id, struct err *err)
{
	struct ask_kill link = {{PROTO_MAGIC, ASK_LINK, 0}, id, 0};

	return ask(launcher, &link, sizeof(link), "link", err);
}

int launcher_pidfd(struct launcher *launcher, uint32_t id, struct err *err)
{
	struct ask_kill pidfd = {{PROTO_MAGIC, ASK_PIDFD, 0}, id, 0};

	return ask(launcher, &pidfd, sizeof(pidfd), "hand over a pidfd", err);
}

int launcher_note(struct launcher *launcher, uint32_t id, uint64_t note, struct err *err)
{
	struct ask_note noting;

	memset(&noting, 0, sizeof(noting)); /* clears the padding too, since it is sent as well */
	noting.header = (struct ask_header){PROTO_MAGIC, ASK_NOTE, 0};
	noting.id = id;
	noting.note = note;
	return ask(launcher, &noting, sizeof(noting), "note", err);
}

int launcher_limit(struct launcher *launcher, uint32_t id, const struct sandbox_limits *limits,
		   uint64_t ticket, struct err *err)
{
	struct ask_limit limit;

	memset(&limit, 0, sizeof(limit));
	limit.header = (struct ask_header){PROTO_MAGIC, ASK_LIMIT, ticket};
	limit.id = id;
	limit.limits = *limits;
	return ask(launcher, &limit, sizeof(limit), "limit", err);
}

int launcher_limit_first(struct launcher *launcher, const struct sandbox_limits *limits,
			 struct err *err)
{
	struct pollfd poll_fd = {.fd = launcher->fd, .events = POLLIN};
	struct sandbox_event event;
	int r = launcher_limit(launcher, SANDBOX_NO_PARENT, limits, 0, err);

	while (r == 0) {
		int n = poll(&poll_fd, 1, FIRST_LIMIT_MS);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(err, n < 0 ? -errno : -ETIMEDOUT, "limit the tree");
		r = launcher_next(launcher, &event, err);
		if (r > 0)
			break;
	}
	if (r < 0)
		return r;
	if (event.kind == SANDBOX_LIMITED) {
		launcher->limits = event.limits;
		return 0;
	}
	if (err)
		*err = event.err;
	return event.err.code < 0 ? event.err.code : -EPROTO;
}

int launcher_next(struct launcher *launcher, struct sandbox_event *event, struct err *err)
{
	struct tell tell;
	int fds[TELL_FDS_MAX];
	int r = tell_receive(launcher->fd, &tell, fds, MSG_DONTWAIT);

	if (r <= 0)
		return r < 0 ? err_errno(err, r, "hear from the launcher") : 0;
	cleanup_close(&fds[1]);
	*event = (struct sandbox_event){
	    .kind = tell.kind,
	    .id = tell.id,
	    .pid = tell.pid,
	    .status = tell.status,
	    .signal = tell.signal,
	    .requested = tell.requested,
	    .time_ns = tell.time_ns,
	    .ticket = tell.ticket,
	    .fd = fds[0],
	    .life = tell.life,
	    .parent = tell.parent,
	    .parent_addr = tell.parent_addr,
	    .note = tell.note,
	    .limits = tell.limits,
	    .memory = tell.memory,
	    .kills = tell.kills,
	    .err = tell.err,
	};
	return 1;
}
