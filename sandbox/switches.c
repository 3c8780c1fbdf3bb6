#include "sandbox/switches.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* Of each the value that forbids, and one that allows; and whether it is a limit (ENOSPC). */
static const struct {
	const char *path, *sysctl;
	int forbids, allows;
	bool limit;
} switches[] = {
    {"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0, 1, false},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
     "kernel.apparmor_restrict_unprivileged_userns", 1, 0, false},
    {"/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", 0, 65536, true},
    {"/proc/sys/user/max_net_namespaces", "user.max_net_namespaces", 0, 65536, true},
    {"/proc/sys/user/max_mnt_namespaces", "user.max_mnt_namespaces", 0, 65536, true},
};

static int read_switch(const char *path)
{
	char text[16] = "";
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	return atoi(text);
}

bool switches_mend(int code, char *command, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		if (switches[i].limit != (code == -ENOSPC) ||
		    read_switch(switches[i].path) != switches[i].forbids)
			continue;
		snprintf(command, size, "sysctl -w %s=%d", switches[i].sysctl, switches[i].allows);
		return true;
	}
	return false;
}
