/*
 * Fuzzes the parsers of an operator's input: lines split into words, lists of ids, limits. For any
 * input, an accepted range does not end before its first id, and accepted ids are at most
 * IDS_TOTAL_MAX. An accepted limit is a JSON number or null.
 */
#include "tests/fuzz/fuzz.h"

#include "controller/cli/ids.h"
#include "controller/cli/limit_kinds.h"
#include "controller/cli/words.h"

#include "base/cleanup.h"

#include <stdint.h>
#include <string.h>

#define WORDS_TRIED 4

static void try_ids(char *const *words, size_t count)
{
	autofree struct id_range *ranges = NULL;
	size_t found = 0;
	uint64_t total = 0;

	if (!count || ids_parse(words, count, &ranges, &found, NULL) < 0) {
		must(!ranges);
		return;
	}
	for (size_t i = 0; i < found; i++) {
		must(ranges[i].first <= ranges[i].last && ranges[i].last <= IDS_NODE_MAX);
		total += (uint64_t)ranges[i].last - ranges[i].first + 1;
	}
	must(found > 0 && total <= IDS_TOTAL_MAX);
}

static void try_list(const char *word)
{
	autofree char *copy = strdup(word);
	autofree uint32_t *ids = NULL;
	size_t count = 0;

	must(copy != NULL);
	if (ids_parse_list(copy, &ids, &count, NULL) < 0)
		must(!ids && !count);
	else
		must(count > 0 && count <= IDS_TOTAL_MAX && ids[count - 1] <= IDS_NODE_MAX);
}

static void try_limits(const char *word)
{
	char text[128];

	for (size_t i = 0; i < LIMIT_WORDS; i++) {
		json_t *value = limit_kinds[i].read(word);

		must(!value || json_is_number(value) || json_is_null(value));
		json_decref(value);
	}
	limit_kinds_reword(word, text, sizeof(text));
	must(memchr(text, '\0', sizeof(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const splits[])(const char *, struct words *,
				     struct err *) = {words_split_plain, words_split_quoted};
	autofree char *line = strndup((const char *)data, size);

	must(line != NULL);
	for (size_t i = 0; i < ARRAY_SIZE(splits); i++) {
		struct words words = {0};

		if (splits[i](line, &words, NULL) < 0)
			continue;
		must(!words.argv[words.count]);
		try_ids(words.argv, words.count);
		/*
		 * Try only the first words of a line: more words test nothing new, and a list of
		 * all ids is slow.
		 */
		for (size_t j = 0; j < words.count && j < WORDS_TRIED; j++) {
			try_list(words.argv[j]);
			try_limits(words.argv[j]);
		}
		words_release(&words);
	}
	return 0;
}
