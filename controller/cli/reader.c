#include "controller/cli/reader.h"

#include "controller/cli/text.h"

#include <errno.h>
#include <string.h>

char *reader_room(struct reader *reader, size_t *room)
{
	/* Keep one octet free: if the last line has no newline, its NUL needs that octet. */
	size_t size = sizeof(reader->data) - 1;

	if (reader->start) {
		memmove(reader->data, reader->data + reader->start, reader->end - reader->start);
		reader->end -= reader->start;
		reader->start = 0;
	}
	*room = size - reader->end;
	return reader->data + reader->end;
}

void reader_filled(struct reader *reader, size_t len)
{
	if (!len)
		reader->closed = true;
	reader->end += len;
}

int reader_check(const char *line, size_t len, struct err *err)
{
	if (len > READER_LINE_MAX)
		return err_text(err, -EINVAL, "line too long (%d bytes at most)", READER_LINE_MAX);
	if (memchr(line, '\0', len))
		return err_text(err, -EINVAL, "a NUL byte in the line");
	if (!text_is_utf8(line, len))
		return err_text(err, -EINVAL, "the line is not valid UTF-8");
	return 0;
}

int reader_next(struct reader *reader, const char **line, struct err *err)
{
	for (;;) {
		char *begin = reader->data + reader->start;
		size_t len = reader->end - reader->start;
		char *newline = memchr(begin, '\n', len);
		bool skipped = reader->skipping;
		int rc;

		if (!newline && !skipped && len > READER_LINE_MAX) {
			reader->skipping = true;
			reader->start = reader->end;
			return reader_check(begin, len, err);
		}
		if (!newline && (!reader->closed || !len)) {
			if (skipped)
				reader->start = reader->end;
			return 0;
		}
		if (newline)
			len = (size_t)(newline - begin);
		begin[len] = '\0';
		reader->start += newline ? len + 1 : len;
		reader->skipping = false;
		if (skipped)
			continue;
		rc = reader_check(begin, len, err);
		if (rc)
			return rc;
		*line = begin;
		return 1;
	}
}
