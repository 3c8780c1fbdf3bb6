#include "sandbox/switches.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/*
 * For each sysctl: the value that forbids namespaces, a value that allows them, and whether it
 * limits their number (ENOSPC). `profile`: where an AppArmor profile that exempts our programs is
 * installed; NULL: the sysctl has no such profile.
 */
static const struct {
	const char *path, *sysctl;
	int forbids, allows;
	bool limit;
	const char *profile;
} switches[] = {
    {"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0, 1, false,
     NULL},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
     "kernel.apparmor_restrict_unprivileged_userns", 1, 0, false, "/etc/apparmor.d/bonsai"},
    {"/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", 0, 65536, true, NULL},
    {"/proc/sys/user/max_net_namespaces", "user.max_net_namespaces", 0, 65536, true, NULL},
    {"/proc/sys/user/max_mnt_namespaces", "user.max_mnt_namespaces", 0, 65536, true, NULL},
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
		if (switches[i].profile && access(switches[i].profile, R_OK) == 0)
			snprintf(command, size, "apparmor_parser -r %s", switches[i].profile);
		else
			snprintf(command, size, "sysctl -w %s=%d", switches[i].sysctl,
				 switches[i].allows);
		return true;
	}
	return false;
}
