#include "controller/cli/limits.h"

#include "base/cleanup.h"
#include "controller/cli/text.h"

#include <ctype.h>
#include <string.h>

#define BYTES_MAX (1ull << 52)
#define PIDS_MAX (1 << 22)

enum { MEMORY = 2000, PIDS, CPUS, DISK, IO };

static const struct option options[] = {
    {"memory", required_argument, NULL, MEMORY}, {"pids", required_argument, NULL, PIDS},
    {"cpus", required_argument, NULL, CPUS},	 {"disk", required_argument, NULL, DISK},
    {"io", required_argument, NULL, IO},	 {0}};

const struct flags limits_flags = {.brief = "", .full = options};

bool limits_parse_bytes(const char *word, json_int_t *bytes)
{
	static const char units[] = "KMGT";
	size_t digits = strspn(word, "0123456789");
	const char *unit =
	    word[digits] ? strchr(units, toupper((unsigned char)word[digits])) : NULL;
	unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	char number[24];
	uint64_t value;

	if (!digits || digits >= sizeof(number) || (word[digits] && (!unit || word[digits + 1])))
		return false;
	memcpy(number, word, digits);
	number[digits] = '\0';
	if (!text_number(number, BYTES_MAX >> shift, &value))
		return false;
	*bytes = (json_int_t)(value << shift);
	return true;
}

/* Digits with at most one point: the locale has no say, nor have exponents. */
static bool parse_cpus(const char *word, double *cpus)
{
	size_t whole = strspn(word, "0123456789"), part;
	uint64_t value;
	double scale = 1;
	char digits[16];

	part = word[whole] == '.' ? strspn(word + whole + 1, "0123456789") : 0;
	if (whole + part == 0 || whole + part >= sizeof(digits) ||
	    word[whole + (word[whole] == '.') + part])
		return false;
	memcpy(digits, word, whole);
	memcpy(digits + whole, word + whole + 1, part);
	digits[whole + part] = '\0';
	for (size_t i = 0; i < part; i++)
		scale *= 10;
	if (!text_number(digits, BYTES_MAX, &value))
		return false;
	*cpus = (double)value / scale;
	return true;
}

static bool put(json_t *limits, const char *name, json_t *value)
{
	return json_object_set_new(limits, name, value) == 0;
}

static bool take_bytes(struct session *session, json_t *limits, const char *name, const char *word)
{
	json_int_t bytes;

	if (limits_parse_bytes(word, &bytes))
		return put(limits, name, json_integer(bytes));
	return flags_complain(session, "no number of bytes, as 64M", word);
}

static bool take(struct session *session, void *own, int flag, char *word)
{
	static const char *const names[] = {[0] = "memory_bytes",
					    [PIDS - MEMORY] = "pids",
					    [CPUS - MEMORY] = "cpus",
					    [DISK - MEMORY] = "disk_bytes",
					    [IO - MEMORY] = "io_bytes_per_s"};
	json_t *limits = own;
	uint64_t number;
	double cpus;

	if (!strcmp(word, "none"))
		return put(limits, names[flag - MEMORY], json_null());
	switch (flag) {
	case PIDS:
		if (text_number(word, PIDS_MAX, &number))
			return put(limits, names[flag - MEMORY], json_integer((json_int_t)number));
		return flags_complain(session, "no number of processes", word);
	case CPUS:
		if (parse_cpus(word, &cpus))
			return put(limits, names[flag - MEMORY], json_real(cpus));
		return flags_complain(session, "no number of processors, as 0.5", word);
	default:
		return take_bytes(session, limits, names[flag - MEMORY], word);
	}
}

bool limits_take(struct session *session, char *const *args, size_t count, char **words,
		 size_t *kept, json_t **limits)
{
	json_t *taken = json_object();
	size_t taking, left, words_count = 0;
	char **others;

	for (size_t i = 0; i < count;) {
		/* What else begins with a dash is no id, and is refused as such. */
		if (strncmp(args[i], "--", 2) || !args[i][2]) {
			words[words_count++] = args[i++];
			continue;
		}
		/* All of them take an argument: in this word or in the next. */
		taking = strchr(args[i], '=') || i + 1 == count ? 1 : 2;
		if (!flags_take(session, &limits_flags, args + i, taking, take, taken, &others,
				&left)) {
			json_decref(taken);
			return false;
		}
		free(others);
		i += taking;
	}
	*kept = words_count;
	*limits = json_object_size(taken) ? taken : NULL;
	if (!*limits)
		json_decref(taken);
	return true;
}
