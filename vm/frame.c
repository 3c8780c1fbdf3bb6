#include "vm/frame.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void frame_header(enum frame_type type, size_t len, uint8_t header[FRAME_HEADER_BYTES])
{
	header[0] = (uint8_t)type;
	frame_put_number(header + 1, (uint32_t)len, 2);
}

void frame_put_number(uint8_t *body, uint32_t number, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		body[i] = (uint8_t)(number >> 8 * i);
}

uint32_t frame_number(const struct frame *frame, size_t at, size_t bytes)
{
	uint32_t number = 0;

	for (size_t i = 0; i < bytes && at + i < frame->len; i++)
		number |= (uint32_t)frame->body[at + i] << 8 * i;
	return number;
}

/*
 * Returns the length of the frame that begins in reader->data. 0: the frame's header is not
 * complete yet. -EBADMSG: the data is no frame.
 */
static ssize_t length_of(const struct frame_reader *reader)
{
	size_t body;

	if (reader->len < FRAME_HEADER_BYTES)
		return 0;
	body = reader->data[1] | (size_t)reader->data[2] << 8;
	if (!reader->data[0] || reader->data[0] >= FRAME_TYPES || body > FRAME_BODY_MAX_BYTES)
		return -EBADMSG;
	return (ssize_t)(FRAME_HEADER_BYTES + body);
}

int frame_read(struct frame_reader *reader, int fd, struct frame *frame)
{
	ssize_t whole, n;
	size_t want;

	if (reader->used) {
		reader->len = 0;
		reader->used = 0;
	}
	whole = length_of(reader);
	want = whole ? (size_t)whole : FRAME_HEADER_BYTES;
	if (whole >= 0 && reader->len < want) {
		n = read(fd, reader->data + reader->len, want - reader->len);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (n == 0)
			return -EPIPE;
		reader->len += (size_t)n;
		whole = length_of(reader);
	}
	if (whole < 0)
		return (int)whole;
	if (!whole || reader->len < (size_t)whole)
		return 0;
	reader->used = (size_t)whole;
	*frame = (struct frame){.type = reader->data[0],
				.body = reader->data + FRAME_HEADER_BYTES,
				.len = (size_t)whole - FRAME_HEADER_BYTES};
	return 1;
}
