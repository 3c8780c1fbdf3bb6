/*
 * Reads lines that the operator types at a terminal. libedit does the prompt, editing, history and
 * completion. Output of the session that comes while the operator types appears at once above the
 * prompt. Outside of terminal_line the terminal has its earlier mode. The history is only in
 * memory.
 */
#ifndef BONSAI_CLI_TERMINAL_H
#define BONSAI_CLI_TERMINAL_H

#include "base/err.h"
#include "controller/cli/session.h"

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_CHOICES_MAX 32

/*
 * Finds the words that may stand at the cursor. Fills `choices` with strings that are never freed,
 * and returns their number. `choices` has room for TERMINAL_CHOICES_MAX. `before` is the line up to
 * the cursor. `typed` gets the length of the last word of `before`, which the choices complete.
 */
typedef size_t complete_fn(const char *before, const char **choices, size_t *typed);

struct terminal;

/* `session` must remain valid until terminal_close. On failure returns NULL and sets `err`. */
struct terminal *terminal_open(struct session *session, complete_fn *complete, struct err *err);

/* Accepts NULL. */
void terminal_close(struct terminal *terminal);

/*
 * Waits for a line: a command or, if `question` is not NULL, the answer to that question. `line`
 * has no newline and is valid until the next call. False at the end of input, or when the session
 * has ended. ^C drops the incomplete line; with `question` the call then returns false. If the
 * operator types ^C at an empty command line, the terminal shows how to leave.
 */
bool terminal_line(struct terminal *terminal, const char *question, const char **line);

#endif
