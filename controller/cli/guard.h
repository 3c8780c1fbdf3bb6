/*
 * A terminal that is in a mode of ours would stay in it if we were killed, and not every
 * shell mends that. So a small process of its own waits for our end, and gives the terminal
 * the mode back that it had, if it is still in ours then.
 *
 * It is started when it is first needed, ends with us, and changes nothing as long as we
 * live or after we have released the terminal.
 */
#ifndef BONSAI_CLI_GUARD_H
#define BONSAI_CLI_GUARD_H

#include <termios.h>

/*
 * Standard input is in a mode of ours, and was in `before`. Again while it is held: nothing
 * happens. Failing, the terminal is not guarded.
 */
void guard_hold(const struct termios *before);

/* It is in its own mode again. */
void guard_release(void);

/* Ends the process, if there is one, and waits for it. */
void guard_end(void);

#endif
