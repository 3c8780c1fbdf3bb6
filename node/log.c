#include "node/log.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MIN_BYTES 4096

uint64_t log_begin(const struct log *log)
{
	return log->end > log->room ? log->end - log->room : 0;
}

/*
 * Gives the log room for `len` more octets if possible. Only a log that has not wrapped grows: in
 * such a log, octet N lies at index N, so growing moves no octet within the log.
 */
static void grow(struct log *log, size_t len)
{
	size_t room = log->room ? log->room : LOG_MIN_BYTES;
	uint8_t *grown;

	if (log->end > log->room)
		return;
	while (room < LOG_MAX_BYTES && room < log->end + len)
		room *= 2;
	if (room == log->room)
		return;
	grown = realloc(log->data, room);
	if (!grown)
		return;
	log->data = grown;
	log->room = room;
}

void log_write(struct log *log, const void *data, size_t len)
{
	const uint8_t *from = data;

	grow(log, len);
	if (!log->room) {
		/*
		 * The log could get no memory at all: count the octets as if they were already
		 * overwritten.
		 */
		log->end += len;
		return;
	}
	while (len) {
		size_t at = log->end % log->room;
		size_t part = log->room - at < len ? log->room - at : len;

		memcpy(log->data + at, from, part);
		log->end += part;
		from += part;
		len -= part;
	}
}

size_t log_read(const struct log *log, uint64_t from, void *data, size_t room)
{
	uint8_t *to = data;
	size_t done = 0;

	while (done < room && from < log->end) {
		size_t at = from % log->room;
		size_t part = log->room - at;

		if (part > log->end - from)
			part = (size_t)(log->end - from);
		if (part > room - done)
			part = room - done;
		memcpy(to + done, log->data + at, part);
		from += part;
		done += part;
	}
	return done;
}

void log_release(struct log *log)
{
	free(log->data);
	*log = (struct log){0};
}
