#include "controller/cli/self.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PLACE_BYTES 64 /* room for the longest path in the callers' lists of places */

void self_folder(char folder[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	char *slash;

	folder[len > 0 ? len : 0] = '\0';
	slash = strrchr(folder, '/');
	*(slash ? slash : folder) = '\0';
}

bool self_find(const char *const *places, int mode, char path[PATH_MAX])
{
	char folder[PATH_MAX];

	self_folder(folder);
	for (; *places; places++) {
		snprintf(path, PATH_MAX, "%.*s/%s", PATH_MAX - PLACE_BYTES, folder, *places);
		if (access(path, mode) == 0)
			return true;
	}
	return false;
}
