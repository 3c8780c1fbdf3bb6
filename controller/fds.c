#include "controller/fds.h"

#include "base/amount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int fds_read(const char *word, int *fd)
{
	uint64_t value;

	if (!amount_count(word, INT_MAX, &value) || fcntl((int)value, F_GETFD) < 0)
		return -EBADF;
	*fd = (int)value;
	return 0;
}

int fds_read_pair(const char *word, int *fd, int *second)
{
	const char *comma = strchr(word, ',');
	char first[16];
	int both[2];

	if (!comma)
		return fds_read(word, fd);
	if (snprintf(first, sizeof(first), "%.*s", (int)(comma - word), word) >=
		(int)sizeof(first) ||
	    fds_read(first, &both[0]) < 0 || fds_read(comma + 1, &both[1]) < 0)
		return -EBADF;
	*fd = both[0];
	*second = both[1];
	return 0;
}
