/*
 * Puts the terminal of standard input into raw mode, for a program that runs in a node or a virtual
 * machine: each key goes to that program unchanged. The terminal is in raw mode while `held` is
 * set. However bonsai ends, bonsai restores the terminal's mode; after SIGKILL the guard process
 * does (guard.h).
 */
#ifndef BONSAI_CLI_RAW_H
#define BONSAI_CLI_RAW_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct raw {
	bool held;
	struct termios before;
};

/* Returns 0 or a negative errno; -ENOTTY: standard input is no terminal. */
int raw_enter(struct raw *raw, struct err *err);

/*
 * Restores the terminal's mode after the terminal has shown all output. Idempotent; accepts a
 * zeroed struct.
 */
void raw_leave(struct raw *raw);

/* Gets the size of the terminal; 0 by 0 if the terminal does not report a size. */
void raw_size(uint16_t *rows, uint16_t *columns);

#endif
