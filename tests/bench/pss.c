#include "tests/bench/pss.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PID_LIMIT 4194304 /* the kernel's upper bound of pid_max */
#define DEPTH_MAX 64

/* The number after `key` in /proc/PID/`file`, or -1. If `last`, the last number on that line. */
static long number(pid_t pid, const char *file, const char *key, bool last)
{
	char path[64], line[256];
	long value = -1;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	stream = fopen(path, "re");
	if (!stream)
		return -1;
	while (value < 0 && fgets(line, sizeof(line), stream)) {
		char *at = line + strlen(key), *end;

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		do {
			value = strtol(at, &end, 10);
			at = end;
		} while (last && *end == '\t');
	}
	fclose(stream);
	return value;
}

static bool descends(pid_t pid, pid_t ancestor)
{
	for (int depth = 0; pid > 1 && depth < DEPTH_MAX; depth++) {
		pid = (pid_t)number(pid, "status", "PPid:", false);
		if (pid == ancestor)
			return true;
	}
	return false;
}

/* With the lxc backend each init has a monitor, so the monitor's memory counts as the node's. */
static bool is_monitor(pid_t pid)
{
	char path[64], line[64] = "";
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	stream = fopen(path, "re");
	if (stream && !fgets(line, sizeof(line), stream))
		*line = '\0';
	if (stream)
		fclose(stream);
	return !strcmp(line, "bonsai-monitor\n");
}

struct pss pss_below(pid_t ancestor)
{
	struct pss pss = {0};
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10), weight;
		bool init;

		if (pid < 2 || pid > PID_LIMIT)
			continue;
		if (!descends((pid_t)pid, ancestor))
			continue;
		weight = number((pid_t)pid, "smaps_rollup", "Pss:", false);
		if (weight < 0)
			continue;
		init = number((pid_t)pid, "status", "NSpid:", true) == 1;
		pss.count += init;
		if (init || is_monitor((pid_t)pid))
			pss.total_kb += (double)weight;
		else
			pss.rest_kb += (double)weight;
	}
	if (proc)
		closedir(proc);
	return pss;
}
