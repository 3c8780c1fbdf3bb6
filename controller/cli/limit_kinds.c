#include "controller/cli/limit_kinds.h"

#include "base/amount.h"

#include <stdio.h>
#include <string.h>

#define COUNT_MAX (1 << 30)

static json_t *read_bytes(const char *word)
{
	uint64_t bytes;

	return amount_bytes(word, &bytes) ? json_integer((json_int_t)bytes) : NULL;
}

static json_t *read_count(const char *word)
{
	uint64_t count;

	return amount_count(word, COUNT_MAX, &count) ? json_integer((json_int_t)count) : NULL;
}

static json_t *read_fraction(const char *word)
{
	double value;

	return amount_fraction(word, &value) ? json_real(value) : NULL;
}

const struct limit_kind limit_kinds[LIMIT_WORDS] = {
    [LIMIT_MEMORY] = {"--memory", "memory_bytes", read_bytes, "no number of bytes, as 64M"},
    [LIMIT_PIDS] = {"--pids", "pids", read_count, "no number of processes"},
    [LIMIT_CPUS] = {"--cpus", "cpus", read_fraction, "no number of processors, as 0.5"},
    [LIMIT_DISK] = {"--disk", "disk_bytes", read_bytes, "no number of bytes, as 64M"},
    [LIMIT_IO] = {"--io", "io_bytes_per_s", read_bytes, "no number of bytes, as 64M"},
    [LIMIT_NOFILE] = {"--nofile", "nofile", read_count, "no number of descriptors"},
};

void limit_kinds_reword(const char *error, char *text, size_t size)
{
	static const char must[] = " must be ", lifted[] = ", or null for none";
	size_t len = strlen(error);

	for (size_t i = 0; i < LIMIT_WORDS; i++) {
		size_t name = strlen(limit_kinds[i].member);

		if (strncmp(error, limit_kinds[i].member, name) ||
		    strncmp(error + name, must, strlen(must)) || len < name + strlen(lifted) ||
		    strcmp(error + len - strlen(lifted), lifted))
			continue;
		snprintf(text, size, "%s%.*s, or none", limit_kinds[i].option,
			 (int)(len - name - strlen(lifted)), error + name);
		return;
	}
	snprintf(text, size, "%s", error);
}
