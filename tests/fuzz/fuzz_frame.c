/*
 * Fuzzes what `bonsai vm` reads from a guest, whose root may be hostile: frames and the output of
 * the guest's kernel. For any input, in pieces of any size, a frame lies within its reader's
 * buffer. The line that console_last_words() picks is printable. The first octet of an input, plus
 * 1, is the size of the pieces.
 */
#include "tests/fuzz/fuzz.h"

#include "vm/console.h"
#include "vm/frame.h"

#include <poll.h>

static int ends[2] = {-1, -1};

static void check_frame(const struct frame_reader *from, const struct frame *frame)
{
	must(frame->type > 0 && frame->type < FRAME_TYPES);
	must(frame->len <= FRAME_BODY_MAX_BYTES);
	must(frame->body >= from->data);
	must(frame->body + frame->len <= from->data + sizeof(from->data));
	frame_number(frame, 0, 4);
}

static bool poll_now(int fd)
{
	struct pollfd poller = {fd, POLLIN, 0};

	return poll(&poller, 1, 0) == 1;
}

static struct frame_reader reader;
static struct console console;

/*
 * Reads and checks the frames that have arrived. Returns false if the input is not a stream of
 * frames.
 */
static bool take_frames(void)
{
	struct frame frame;
	int r;

	do {
		r = frame_read(&reader, ends[1], &frame);
		if (r > 0)
			check_frame(&reader, &frame);
	} while (r > 0 || (r == 0 && poll_now(ends[1])));
	return r == 0;
}

static bool take_words(void)
{
	must(console_read(&console, ends[1]));
	must(console.len <= CONSOLE_BYTES);
	return true;
}

/* Sends the data in pieces until `take` returns false, then discards the unread octets. */
static void send_pieces(const uint8_t *data, size_t size, size_t piece, bool (*take)(void))
{
	char rest[4096];
	bool goes_on = true;

	for (size_t at = 0; at < size && goes_on; at += piece) {
		if (piece > size - at)
			piece = size - at;
		must(write(ends[0], data + at, piece) == (ssize_t)piece);
		goes_on = take();
	}
	while (read(ends[1], rest, sizeof(rest)) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[CONSOLE_LINE_BYTES];

	if (ends[0] < 0)
		must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
	if (size < 2)
		return 0;
	reader = (struct frame_reader){0};
	console.len = 0;
	console.copy = -1;
	send_pieces(data + 1, size - 1, data[0] + 1u, take_frames);
	send_pieces(data + 1, size - 1, data[0] + 1u, take_words);
	console_last_words(&console, line);
	for (const char *c = line; *c; c++)
		must(*c >= ' ' && *c <= '~');
	return 0;
}
