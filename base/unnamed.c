#include "base/unnamed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define TRIES 100

/*
 * Creates a file by name and removes the name. A SIGKILL between the two leaves the empty file in
 * the folder.
 */
static int open_by_name(int folder)
{
	char name[48];
	int fd = -1;

	for (int i = 0; fd < 0 && i < TRIES; i++) {
		snprintf(name, sizeof(name), ".bonsai-%d-%d", (int)getpid(), i);
		fd = openat(folder, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	if (fd < 0)
		return -EEXIST;
	unlinkat(folder, name, 0);
	return fd;
}

int unnamed_open(int folder)
{
	int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	return errno == EOPNOTSUPP ? open_by_name(folder) : -errno;
}
