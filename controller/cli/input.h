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
 * Waits for the next line; `prompt` is for terminals. `line` is good until the next call.
 * False at the end of input, or when the session has ended.
 */
bool input_line(struct input *input, const char *prompt, const char **line);

#endif
