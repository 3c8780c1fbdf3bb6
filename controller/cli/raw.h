/*
 * The terminal of standard input, handed to a program elsewhere: every key goes to it as
 * it is. Raw for as long as the struct holds it; whatever ends the program otherwise than by
 * SIGKILL gives it back.
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

/* 0 or a negative errno: -ENOTTY when standard input is no terminal. */
int raw_enter(struct raw *raw, struct err *err);

/* Gives it back, once what was written has been shown. Idempotent; takes a zeroed struct. */
void raw_leave(struct raw *raw);

/* How large it is; 0 by 0 when it doesn't say. */
void raw_size(uint16_t *rows, uint16_t *columns);

#endif
