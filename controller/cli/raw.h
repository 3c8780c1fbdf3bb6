/*
 * Puts the terminal of standard input into raw mode, for a program that runs elsewhere: each key
 * goes to that program unchanged. The terminal is raw while the struct holds it. However bonsai
 * ends, it restores the terminal; after SIGKILL the guard does (guard.h).
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

/* Restores the terminal after all output has been shown. Idempotent; accepts a zeroed struct. */
void raw_leave(struct raw *raw);

/* Gets the size of the terminal; 0 by 0 if the terminal does not report a size. */
void raw_size(uint16_t *rows, uint16_t *columns);

#endif
