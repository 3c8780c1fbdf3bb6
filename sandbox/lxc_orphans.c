#include "sandbox/lxc_orphans.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define END_LIMIT_NS (5 * NS_PER_S)
#define LOOK_MS 2
#define ENVIRONMENT_MAX (32 << 10)

static size_t read_of(const char *pid, const char *file, char *text, size_t size)
{
	char path[64];
	autoclose int fd = -1;
	size_t length = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && length < size && (n = read(fd, text + length, size - length)) > 0)
		length += n;
	return length;
}

/*
 * True if process `pid` has `mark` in its environment, as the spawner has, and has the title of
 * monitor `id` (NULL: any title). A zombie has neither title nor environment, so the result is
 * false.
 */
static bool is_monitor(const char *pid, const uint32_t *id, const char *mark)
{
	static char environment[ENVIRONMENT_MAX];
	char title[64] = "", wanted[64];
	size_t length;

	if (id) {
		snprintf(wanted, sizeof(wanted), LXC_MONITOR_TITLE, *id);
		read_of(pid, "cmdline", title, sizeof(title) - 1);
		if (strcmp(title, wanted))
			return false;
	}
	length = read_of(pid, "environ", environment, sizeof(environment));
	return memmem(environment, length, mark, strlen(mark) + 1) != NULL;
}

/* Kills all processes that is_monitor() finds, except the caller. Returns how many it killed. */
static int kill_all(pid_t launcher, const uint32_t *id)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	char mark[64];
	int count = 0;

	snprintf(mark, sizeof(mark), LXC_ORPHANS_MARK "=%d", (int)launcher);
	while (processes && (entry = readdir(processes)))
		if (isdigit((unsigned char)*entry->d_name) && atoi(entry->d_name) != getpid() &&
		    is_monitor(entry->d_name, id, mark)) {
			kill(atoi(entry->d_name), SIGKILL);
			count++;
		}
	if (processes)
		closedir(processes);
	return count;
}

void lxc_orphans_kill(pid_t launcher, uint32_t id)
{
	kill_all(launcher, &id);
}

void lxc_orphans_end(pid_t launcher)
{
	int64_t deadline_ns = clock_ns() + END_LIMIT_NS;

	while (kill_all(launcher, NULL) && clock_ns() < deadline_ns)
		poll(NULL, 0, LOOK_MS);
}
