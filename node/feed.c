#include "node/feed.h"

#include "base/cleanup.h"
#include "node/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_D "\004" /* the key that ends the input of a terminal, see termios(3) */

struct piece {
	struct piece *next;
	bool ours; /* the agent added this piece, not the client: not counted in feed.taken */
	size_t at, len;
	uint8_t data[];
};

struct feed feed_init(int fd, bool terminal)
{
	return (struct feed){.fd = fd, .terminal = terminal};
}

static int add(struct feed *feed, const void *data, size_t len, bool ours)
{
	struct piece *piece = malloc(sizeof(*piece) + len);

	if (!piece)
		return -ENOMEM;
	*piece = (struct piece){.ours = ours, .len = len};
	memcpy(piece->data, data, len);
	if (feed->last)
		feed->last->next = piece;
	else
		feed->first = piece;
	feed->last = piece;
	feed->pieces++;
	return 0;
}

static void drop_first(struct feed *feed)
{
	struct piece *piece = feed->first;

	feed->first = piece->next;
	if (!feed->first)
		feed->last = NULL;
	feed->pieces--;
	free(piece);
}

int feed_put(struct feed *feed, const void *data, size_t len)
{
	int rc = 0;

	if (feed->fd < 0 || feed->ended)
		return 0;
	if (len && feed->pieces == INPUT_WINDOW)
		return -EOVERFLOW;
	if (len)
		return add(feed, data, len, false);
	if (feed->terminal)
		rc = add(feed, CONTROL_D, strlen(CONTROL_D), true);
	feed->ended = rc == 0;
	if (feed->ended && !feed->first)
		feed_close(feed);
	return rc;
}

bool feed_wants(const struct feed *feed)
{
	return feed->fd >= 0 && feed->first;
}

void feed_write(struct feed *feed)
{
	while (feed_wants(feed)) {
		struct piece *piece = feed->first;
		ssize_t put = write(feed->fd, piece->data + piece->at, piece->len - piece->at);

		if (put < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (put < 0) {
			feed_close(feed);
			return;
		}
		piece->at += (size_t)put;
		if (piece->at < piece->len)
			return;
		feed->taken += !piece->ours;
		drop_first(feed);
	}
	if (feed->ended)
		feed_close(feed);
}

void feed_close(struct feed *feed)
{
	while (feed->first)
		drop_first(feed);
	cleanup_close(&feed->fd);
	feed->fd = -1;
}
