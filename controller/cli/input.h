/*
 * Reads the operator's commands from a terminal, or from any other stream of lines. Reports
 * malformed lines as errors; skips empty lines and comments.
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
	struct terminal *terminal; /* NULL if the session is not interactive */
	struct reader reader;
};

/* `session` must remain valid until input_close. */
int input_open(struct input *input, struct session *session, complete_fn *complete,
	       struct err *err);

/* Restores the terminal. */
void input_close(struct input *input);

/*
 * Waits for the next line: a command, or the answer to `question`. Only a terminal shows the
 * question. `line` is valid until the next call. False at the end of input, when the session has
 * ended, or when the operator dropped the question with ^C.
 */
bool input_line(struct input *input, const char *question, const char **line);

#endif
