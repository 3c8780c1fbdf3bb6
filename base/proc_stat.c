#include "base/proc_stat.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXITING 0x4 /* PF_EXITING of linux/sched.h */

static bool parse(const char *text, struct proc_stat *stat)
{
	const char *begin = strchr(text, '(');
	/* Search the last ')': the name of a process may hold parentheses and newlines. */
	const char *end = strrchr(text, ')');

	if (!begin || !end ||
	    sscanf(end, ") %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d",
		   &stat->state, &stat->parent, &stat->flags, &stat->threads) != 4)
		return false;
	snprintf(stat->name, sizeof(stat->name), "%.*s", (int)(end - begin - 1), begin + 1);
	return true;
}

bool proc_stat_read(pid_t pid, struct proc_stat *stat)
{
	char path[32], text[512];
	autoclose int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	if (parse(text, stat))
		return true;
	*stat = (struct proc_stat){.state = 'X'};
	return false;
}

bool proc_stat_is_dead(const struct proc_stat *stat)
{
	return stat->state == 'Z' || stat->state == 'X';
}

bool proc_stat_is_ending(const struct proc_stat *stat)
{
	return proc_stat_is_dead(stat) || stat->flags & EXITING;
}
