#include "controller/cli/rows.h"

#include "base/cleanup.h"
#include "controller/cli/limit_kinds.h"

#include <stdio.h>
#include <string.h>

#define KB 1024
#define MB (1024 * 1024)

static const struct {
	const char *state;
	enum row_mood mood;
} moods[] = {
    {"running", MOOD_PLAIN},	   {"frozen", MOOD_FROZEN},  {"suspect", MOOD_SUSPECT},
    {"unavailable", MOOD_SUSPECT}, {"creating", MOOD_PLAIN}, {"restarting", MOOD_SUSPECT},
    {"lost", MOOD_LOST},
};

static enum row_mood mood_of(const char *state)
{
	for (size_t i = 0; i < ARRAY_SIZE(moods); i++)
		if (!strcmp(moods[i].state, state))
			return moods[i].mood;
	return MOOD_PLAIN;
}

static int64_t number_in(const json_t *body, const char *key)
{
	const json_t *value = json_object_get(body, key);

	return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value)
									: ROW_UNKNOWN;
}

/*
 * Writes a limit's value. A number of bytes is written in the largest unit that gives a whole
 * number ("64M").
 */
static void write_amount(const json_t *value, bool in_bytes, char *text, size_t size)
{
	static const char units[] = "KMGT";
	json_int_t number = json_integer_value(value);
	size_t unit = 0;

	if (json_is_real(value)) {
		snprintf(text, size, "%g", json_real_value(value));
		return;
	}
	for (; in_bytes && number && number % KB == 0 && unit < strlen(units); unit++)
		number /= KB;
	snprintf(text, size, "%lld%.1s", (long long)number, unit ? units + unit - 1 : "");
}

/* Writes the limits that hold for the node, as "memory 64M, pids 24"; "" if there is none. */
static void write_limits(const json_t *limits, char *text, size_t size)
{
	char amount[32];
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; i < LIMIT_WORDS; i++) {
		const json_t *value = json_object_get(limits, limit_kinds[i].member);
		int n;

		if (!json_is_number(value))
			continue;
		/* The name that is shown is the limit's option without its dashes. */
		write_amount(value, strstr(limit_kinds[i].member, "bytes"), amount, sizeof(amount));
		n = snprintf(text + len, size - len, "%s%s %s", len ? ", " : "",
			     limit_kinds[i].option + 2, amount);
		if (n < 0 || (size_t)n >= size - len)
			return;
		len += (size_t)n;
	}
}

static bool read_row(const json_t *body, struct row *row)
{
	json_t *parent = NULL;
	json_int_t id, pid, uptime_ms;
	const char *state;
	int available;

	if (json_unpack((json_t *)body, "{s:I,s:o,s:s,s:b,s:I,s:I}", "node", &id, "parent", &parent,
			"state", &state, "available", &available, "pid", &pid, "uptime_ms",
			&uptime_ms) < 0)
		return false;
	/* The state comes from another process and is printed: accept only lower-case letters. */
	if (strspn(state, "abcdefghijklmnopqrstuvwxyz") != strlen(state) ||
	    strlen(state) >= sizeof(row->state))
		return false;
	if (!available && !strcmp(state, "running"))
		state = "unavailable";
	*row = (struct row){
	    .id = id,
	    .parent = json_is_integer(parent) ? json_integer_value(parent) : ROW_UNKNOWN,
	    .mood = mood_of(state),
	    .pid = pid,
	    .uptime_ms = uptime_ms,
	    .rss_bytes = number_in(body, "rss_bytes"),
	    .cpu_ms = number_in(body, "cpu_ms"),
	    .last_beat_ms = number_in(body, "last_beat_ms"),
	};
	strcpy(row->state, state);
	write_limits(json_object_get(body, "limits"), row->limits, sizeof(row->limits));
	return true;
}

bool rows_have_limits(const struct row *rows, size_t count, size_t stride)
{
	for (size_t i = 0; i < count; i++)
		if (*((const struct row *)((const char *)rows + i * stride))->limits)
			return true;
	return false;
}

struct row *rows_read(const json_t *body, size_t *count)
{
	const json_t *nodes = json_object_get(body, "nodes");
	size_t size = json_array_size(nodes);
	autofree struct row *rows = NULL;

	*count = 0;
	if (!json_is_array(nodes))
		return NULL;
	rows = calloc(size + 1, sizeof(*rows));
	for (size_t i = 0; rows && i < size; i++)
		if (!read_row(json_array_get(nodes, i), &rows[i]))
			return NULL;
	*count = rows ? size : 0;
	return steal_ptr(&rows);
}

void rows_uptime(int64_t ms, char *text, size_t size)
{
	long long s = ms / 1000;

	if (s < 60)
		snprintf(text, size, "%lld.%lld s", s, (long long)(ms % 1000 / 100));
	else if (s < 3600)
		snprintf(text, size, "%lld min %lld s", s / 60, s % 60);
	else
		snprintf(text, size, "%lld h %lld min", s / 3600, s / 60 % 60);
}

void rows_ago(int64_t ms, char *text, size_t size)
{
	char span[40];

	if (ms < 0) {
		snprintf(text, size, "-");
		return;
	}
	rows_uptime(ms, span, sizeof(span));
	if (ms < 1000)
		snprintf(text, size, "%lld ms ago", (long long)ms);
	else
		snprintf(text, size, "%s ago", span);
}

void rows_bytes(int64_t bytes, char *text, size_t size)
{
	if (bytes < 0)
		snprintf(text, size, "-");
	else if (bytes < MB)
		snprintf(text, size, "%lld KB", (long long)(bytes / KB));
	else
		snprintf(text, size, "%lld.%lld MB", (long long)(bytes / MB),
			 (long long)(bytes % MB * 10 / MB));
}
