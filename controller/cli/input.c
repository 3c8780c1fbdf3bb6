#include "controller/cli/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int input_open(struct input *input, struct session *session, complete_fn *complete, struct err *err)
{
	memset(input, 0, sizeof(*input));
	input->session = session;
	if (!session->interactive)
		return 0;
	input->terminal = terminal_open(session, complete, err);
	return input->terminal ? 0 : err->code;
}

void input_close(struct input *input)
{
	terminal_close(input->terminal);
	input->terminal = NULL;
}

/* Waits for input and reads the available octets. Meanwhile prints events when they come. */
static void fill(struct input *input)
{
	size_t room;
	char *data = reader_room(&input->reader, &room);
	ssize_t n;

	while (!input->session->end) {
		session_flush(input->session);
		if (!(session_wait(input->session, WAIT_INPUT, -1) & WAIT_INPUT))
			continue;
		session_flush(input->session);
		n = read(STDIN_FILENO, data, room);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		/* An error of read(2) counts as the end of the input. */
		reader_filled(&input->reader, n < 0 ? 0 : (size_t)n);
		return;
	}
}

static bool stream_line(struct input *input, const char **line)
{
	struct err err;

	/*
	 * The buffer may hold all lines of a script, so that `fill` never waits: handle signals and
	 * events before each line.
	 */
	session_wait(input->session, 0, 0);
	while (!input->session->end) {
		int rc = reader_next(&input->reader, line, &err);

		if (rc == 1)
			return true;
		if (rc < 0)
			session_complain(input->session, "%s", err.text);
		else if (input->reader.closed)
			return false;
		else
			fill(input);
	}
	return false;
}

static bool terminal_good_line(struct input *input, const char *question, const char **line)
{
	struct err err;

	while (terminal_line(input->terminal, question, line)) {
		if (!reader_check(*line, strlen(*line), &err))
			return true;
		session_complain(input->session, "%s", err.text);
	}
	return false;
}

static bool has_command(const char *line)
{
	line += strspn(line, " \t\n\v\f\r");
	return *line && *line != '#';
}

bool input_line(struct input *input, const char *question, const char **line)
{
	bool got;

	do
		got = input->terminal ? terminal_good_line(input, question, line)
				      : stream_line(input, line);
	while (got && !has_command(*line));
	return got;
}
