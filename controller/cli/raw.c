#include "controller/cli/raw.h"

#include "controller/cli/guard.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

int raw_enter(struct raw *raw, struct err *err)
{
	struct termios mode;

	if (tcgetattr(STDIN_FILENO, &raw->before) < 0)
		return err_errno(err, -errno, "a terminal for the program");
	mode = raw->before;
	cfmakeraw(&mode);
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &mode) < 0)
		return err_errno(err, -errno, "a terminal for the program");
	guard_hold(&raw->before);
	raw->held = true;
	return 0;
}

void raw_leave(struct raw *raw)
{
	if (!raw->held)
		return;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw->before);
	guard_release();
	raw->held = false;
}

void raw_size(uint16_t *rows, uint16_t *columns)
{
	struct winsize size = {0};

	/*
	 * If ioctl(2) fails, the size stays 0 by 0. Terminals also report 0 by 0 for an unknown
	 * size.
	 */
	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	*rows = size.ws_row;
	*columns = size.ws_col;
}
