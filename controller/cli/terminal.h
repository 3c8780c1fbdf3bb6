/*
 * Lines typed at a terminal: prompt, editing, history and completion by libedit. What
 * the session has to say meanwhile appears at once above the prompt. The terminal is
 * as it was before whenever nobody is in terminal_line. History is in memory alone.
 */
#ifndef BONSAI_CLI_TERMINAL_H
#define BONSAI_CLI_TERMINAL_H

#include "base/err.h"
#include "controller/cli/session.h"

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_CHOICES_MAX 32

/*
 * What may stand where the cursor is: fills `choices`, which has room for
 * TERMINAL_CHOICES_MAX, with words that live for ever, and returns their number.
 * `before` is the line up to the cursor, `typed` the length of the word begun there.
 */
typedef size_t complete_fn(const char *before, const char **choices, size_t *typed);

struct terminal;

/* The session outlives it. NULL and `err` on failure. */
struct terminal *terminal_open(struct session *session, complete_fn *complete, struct err *err);

/* Takes NULL. */
void terminal_close(struct terminal *terminal);

/*
 * Waits for a line, a command or with `question` the answer to that. `line` is good until the
 * next call, without a newline. False at the end of input, or when the session has ended. ^C
 * drops the line that was begun, and a question with it: false; on an empty one of
 * commands it says how one leaves.
 */
bool terminal_line(struct terminal *terminal, const char *question, const char **line);

#endif
