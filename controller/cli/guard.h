/*
 * Restores the terminal's mode if bonsai is killed. Otherwise the terminal would stay in the mode
 * that bonsai has set, and not every shell repairs that. A small process, the guard, waits for the
 * end of bonsai. If the terminal is then still in bonsai's mode, the guard restores the mode that
 * the terminal had before.
 *
 * The guard starts when it is first needed and ends with bonsai. It changes nothing while bonsai
 * runs, or after guard_release.
 */
#ifndef BONSAI_CLI_GUARD_H
#define BONSAI_CLI_GUARD_H

#include <termios.h>

/*
 * Call this after changing the mode of standard input; `before` is the mode from before the change.
 * A second call before guard_release does nothing. On failure the terminal is not guarded.
 */
void guard_hold(const struct termios *before);

/* Call this when standard input has the mode again that it had before guard_hold. */
void guard_release(void);

/* Ends the guard process, if there is one, and waits for it. */
void guard_end(void);

#endif
