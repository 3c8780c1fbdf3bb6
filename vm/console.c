#include "vm/console.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool console_read(struct console *console, int fd)
{
	char data[CONSOLE_BYTES / 4];
	ssize_t n = read(fd, data, sizeof(data));
	size_t over;

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	/* A failed write, such as on a full disk, ends the copy. Short writes are not retried. */
	if (console->copy >= 0 && write(console->copy, data, (size_t)n) < 0)
		console->copy = -1;
	over = console->len + (size_t)n > sizeof(console->kept)
		   ? console->len + (size_t)n - sizeof(console->kept)
		   : 0;
	memmove(console->kept, console->kept + over, console->len - over);
	console->len -= over;
	memcpy(console->kept + console->len, data, (size_t)n);
	console->len += (size_t)n;
	return true;
}

static bool holds(const char *line, size_t len, const char *word)
{
	return memmem(line, len, word, strlen(word)) != NULL;
}

/* Returns how well a line explains why the guest ended; 0: not at all. */
static int weight(const char *line, size_t len)
{
	static const char *const words[] = {"Kernel panic", "bonsai-guest:"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (holds(line, len, words[i]))
			return (int)(ARRAY_SIZE(words) - i);
	return 0;
}

void console_last_words(const struct console *console, char line[CONSOLE_LINE_BYTES])
{
	const char *at = console->kept, *end = at + console->len, *best = at;
	size_t best_len = 0;
	int most = 0;

	for (const char *next; at < end; at = next + 1) {
		size_t len;
		int is;

		next = memchr(at, '\n', (size_t)(end - at));
		if (!next)
			next = end;
		len = (size_t)(next - at);
		is = weight(at, len);
		if (len < 2 || is < most)
			continue;
		most = is;
		best = at;
		best_len = len;
	}
	snprintf(line, CONSOLE_LINE_BYTES, "%.*s", (int)best_len, best);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = ' ';
}
