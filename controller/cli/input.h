/*
 * The source of commands: a terminal, or any other stream of lines. Bad lines are reported as
 * errors here; empty lines and comments are skipped.
 */
#ifndef BONSAI_CLI_INPUT_H
#define BONSAI_CLI_INPUT_H

#include "base/err.h"
#include "controller/cli/reader.h"
#include "controller/cli/session.h"
#include "controller/cli/terminal.h"

#include <stdbool.h>

struct input {
	struct session *session;
	struct terminal *terminal; /* NULL: the session is not interactive */
	struct reader reader;
};

/* `session` must outlive the input. */
int input_open(struct input *input, struct session *session, complete_fn *complete,
	       struct err *err);

/* Restores the terminal. */
void input_close(struct input *input);

/*
 * Waits for the next line: a command, or the answer to `question`, which only a terminal shows.
 * `line` is valid until the next call. False at the end of input, when the session has ended, or
 * when ^C dropped the question.
 */
bool input_line(struct input *input, const char *question, const char **line);

#endif
