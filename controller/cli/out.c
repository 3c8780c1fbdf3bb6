#include "controller/cli/out.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * If poll(2) reports a pipe or terminal as writable, write(2) of PIECE_BYTES does not block. A
 * longer write could block until the reader reads, and delay the handling of signals.
 */
#define PIECE_BYTES 4096

static bool out_reserve(struct out *out, size_t more)
{
	size_t want = out->len + more;
	char *grown;

	if (want <= out->alloc)
		return true;
	want = want < 2 * out->alloc ? 2 * out->alloc : want;
	grown = realloc(out->data, want);
	if (!grown) {
		out->failed = true;
		return false;
	}
	out->data = grown;
	out->alloc = want;
	return true;
}

void out_raw(struct out *out, const void *data, size_t len)
{
	if (!len || !out_reserve(out, len))
		return;
	memcpy(out->data + out->len, data, len);
	out->len += len;
	out->mid_line = out->data[out->len - 1] != '\n';
}

static void out_vadd(struct out *out, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len <= 0 || !out_reserve(out, (size_t)len + 1))
		return;
	vsnprintf(out->data + out->len, (size_t)len + 1, fmt, ap);
	out->len += (size_t)len;
	out->mid_line = out->data[out->len - 1] != '\n';
}

void out_add(struct out *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_vadd(out, fmt, ap);
	va_end(ap);
}

void out_fresh_line(struct out *out)
{
	if (out->mid_line)
		out_raw(out, "\n", 1);
}

void out_line(struct out *out, const char *fmt, ...)
{
	va_list ap;

	out_fresh_line(out);
	va_start(ap, fmt);
	out_vadd(out, fmt, ap);
	va_end(ap);
	out_raw(out, "\n", 1);
}

/*
 * Waits until write(2) to `fd` does not block. Returns 0 if `fd` has room, or if write(2) would
 * report an error of `fd` at once. Errors: -EINTR (`wake_fd` is readable), -EAGAIN (the time-out),
 * or another negative errno.
 */
static int wait_for_room(int fd, int wake_fd, int timeout_ms)
{
	struct pollfd fds[] = {{fd, POLLOUT, 0}, {wake_fd, POLLIN, 0}};
	int n = poll(fds, 2, timeout_ms);

	if (n < 0)
		return -errno;
	if (fds[0].revents)
		return 0;
	return n ? -EINTR : -EAGAIN;
}

int out_flush(struct out *out, int fd, int wake_fd, int timeout_ms)
{
	size_t done = 0;
	int rc = 0;

	if (!out->len)
		return out->failed ? -ENOMEM : 0;
	while (!rc && done < out->len) {
		size_t piece = out->len - done < PIECE_BYTES ? out->len - done : PIECE_BYTES;
		ssize_t n;

		rc = wait_for_room(fd, wake_fd, timeout_ms);
		if (rc)
			break;
		n = write(fd, out->data + done, piece);
		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR && errno != EAGAIN)
			rc = -errno;
	}
	memmove(out->data, out->data + done, out->len - done);
	out->len -= done;
	if (rc && rc != -EINTR && rc != -EAGAIN)
		out_drop(out);
	if (!rc && out->failed)
		rc = -ENOMEM;
	return rc;
}

void out_drop(struct out *out)
{
	out->len = 0;
}

void out_release(struct out *out)
{
	free(out->data);
	memset(out, 0, sizeof(*out));
}
