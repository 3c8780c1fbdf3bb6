/*
 * Reads lines typed at a terminal: prompt, editing, history and completion by libedit. Output of
 * the session that comes meanwhile appears at once above the prompt. Outside of terminal_line the
 * terminal has its earlier mode. The history is only in memory.
 */
#ifndef BONSAI_CLI_TERMINAL_H
#define BONSAI_CLI_TERMINAL_H

#include "base/err.h"
#include "controller/cli/session.h"

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_CHOICES_MAX 32

/*
 * Finds the words that may stand at the cursor. Fills `choices`, which has room for
 * TERMINAL_CHOICES_MAX, with strings that live forever, and returns their number. `before` is the
 * line up to the cursor; `typed` gets the length of the word that begins there.
 */
typedef size_t complete_fn(const char *before, const char **choices, size_t *typed);

struct terminal;

/* `session` must outlive the terminal. Returns NULL and sets `err` on failure. */
struct terminal *terminal_open(struct session *session, complete_fn *complete, struct err *err);

/* Accepts NULL. */
void terminal_close(struct terminal *terminal);

/*
 * Waits for a line: a command or, with `question`, the answer to that question. `line` has no
 * newline and is valid until the next call. False at the end of input, or when the session has
 * ended. ^C drops the line begun; with `question` the call then returns false. If the line of a
 * command is empty, ^C shows how to leave.
 */
bool terminal_line(struct terminal *terminal, const char *question, const char **line);

#endif
