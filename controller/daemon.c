#include "controller/daemon.h"

#include <stdio.h>

void daemon_end(struct daemon *daemon, int status, const char *why)
{
	if (daemon->ending)
		return;
	daemon->ending = true;
	daemon->status = status;
	snprintf(daemon->cause, sizeof(daemon->cause), "%s", why);
}
