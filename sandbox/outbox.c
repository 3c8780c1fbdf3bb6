#include "sandbox/outbox.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <utlist.h>

struct held {
	struct tell tell;
	int fds[TELL_FDS_MAX];
	int count;
	struct held *prev, *next;
};

static void drop(struct outbox *outbox, struct held *held)
{
	DL_DELETE(outbox->held, held);
	for (int i = 0; i < held->count; i++)
		close(held->fds[i]);
	free(held);
}

/*
 * Adds the kills of an OOM event to a held OOM event of the same sandbox and `memory`. True if
 * there was such an event.
 */
static bool add_up(struct outbox *outbox, const struct tell *tell)
{
	struct held *held;

	if (tell->kind != SANDBOX_OOM)
		return false;
	DL_FOREACH(outbox->held, held)
		if (held->tell.kind == SANDBOX_OOM && held->tell.id == tell->id &&
		    held->tell.memory == tell->memory) {
			held->tell.kills += tell->kills;
			return true;
		}
	return false;
}

static int hold(struct outbox *outbox, const struct tell *tell, const int *fds, int count)
{
	struct held *held;

	if (add_up(outbox, tell))
		return 1;
	held = calloc(1, sizeof(*held));
	if (!held)
		return -ENOMEM;
	held->tell = *tell;
	DL_APPEND(outbox->held, held);
	for (; held->count < count; held->count++) {
		held->fds[held->count] = fcntl(fds[held->count], F_DUPFD_CLOEXEC, 0);
		if (held->fds[held->count] < 0) {
			int r = -errno;

			drop(outbox, held);
			return r;
		}
	}
	return 1;
}

int outbox_send(struct outbox *outbox, int fd, const struct tell *tell, const int *fds, int count)
{
	int r = outbox->held ? -EAGAIN : tell_send(fd, tell, fds, count, MSG_DONTWAIT);

	return r == -EAGAIN ? hold(outbox, tell, fds, count) : r;
}

int outbox_flush(struct outbox *outbox, int fd)
{
	while (outbox->held) {
		struct held *held = outbox->held;
		int r = tell_send(fd, &held->tell, held->fds, held->count, MSG_DONTWAIT);

		if (r < 0)
			return r == -EAGAIN ? 1 : r;
		drop(outbox, held);
	}
	return 0;
}

void outbox_release(struct outbox *outbox)
{
	while (outbox->held)
		drop(outbox, outbox->held);
}
