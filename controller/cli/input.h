/*
 * Where commands come from: a terminal, or anything else that gives lines. Bad lines
 * are answered with an error here; empty ones and comments are passed over.
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
	struct terminal *terminal; /* NULL when it is none */
	struct reader reader;
};

/* The session outlives the input. */
int input_open(struct input *input, struct session *session, complete_fn *complete,
	       struct err *err);

/* Gives the terminal back as it was. */
void input_close(struct input *input);

/*
 * Waits for the next line, a command or the answer to `question`, which terminals show. `line`
 * is good until the next call. False at the end of input, when the session has ended, or when
 * a question was dropped by ^C.
 */
bool input_line(struct input *input, const char *question, const char **line);

#endif
