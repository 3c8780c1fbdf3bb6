#include "controller/cli/limits.h"

#include "base/cleanup.h"
#include "controller/cli/limit_kinds.h"

#include <string.h>

#define FIRST_OPTION 2000
#define CAP_ADD (FIRST_OPTION + LIMIT_WORDS)

static const struct option options[] = {
    LIMIT_OPTIONS(FIRST_OPTION), {"cap-add", required_argument, NULL, CAP_ADD}, {0}};

const struct flags limits_flags = {.brief = "", .full = options};

/*
 * Adds the capabilities of `list`. Does not check their names: only the controller knows which
 * capabilities exist.
 */
static bool take_caps(json_t *limits, char *list)
{
	json_t *names = json_object_get(limits, LIMITS_CAPS);

	if (!names && json_object_set_new(limits, LIMITS_CAPS, names = json_array()) < 0)
		return false;
	for (const char *name; (name = strsep(&list, ","));)
		json_array_append_new(names, json_string(name));
	return true;
}

static bool take(struct session *session, void *own, int flag, char *word)
{
	const struct limit_kind *kind;
	json_t *value;

	if (flag == CAP_ADD)
		return take_caps(own, word);
	kind = &limit_kinds[flag - FIRST_OPTION];
	value = strcmp(word, "none") ? kind->read(word) : json_null();

	if (!value)
		return flags_complain(session, kind->wrong, word);
	return json_object_set_new(own, kind->member, value) == 0;
}

bool limits_take(struct session *session, char *const *args, size_t count, char **words,
		 size_t *kept, json_t **limits)
{
	json_t *taken = json_object();
	size_t taking, left, words_count = 0;
	char **others;

	for (size_t i = 0; i < count;) {
		/*
		 * Keep any other word, even one that begins with a single dash: the caller refuses
		 * it, since it is no id.
		 */
		if (strncmp(args[i], "--", 2) || !args[i][2]) {
			words[words_count++] = args[i++];
			continue;
		}
		/*
		 * All limit options take an argument: after a '=' in the same word, or in the next
		 * word.
		 */
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
