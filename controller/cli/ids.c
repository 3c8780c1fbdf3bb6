#include "controller/cli/ids.h"

#include "base/cleanup.h"
#include "controller/cli/text.h"

#include <errno.h>
#include <string.h>

#define SHOWN_BYTES 80 /* longest part of a wrong word that an error shows */

int ids_parse_one(const char *word, uint32_t *id, struct err *err)
{
	char shown[SHOWN_BYTES];
	uint64_t value;

	if (text_number(word, IDS_NODE_MAX, &value)) {
		*id = (uint32_t)value;
		return 0;
	}
	text_printable(shown, sizeof(shown), word);
	return err_text(err, -EINVAL, "not a node id: %s (0 to %u)", shown, IDS_NODE_MAX);
}

static int parse_range(const char *word, struct id_range *range, struct err *err)
{
	const char *dots = strstr(word, "..");
	char first[16], shown[SHOWN_BYTES];
	struct id_range read;
	size_t len;
	int rc;

	if (!dots) {
		rc = ids_parse_one(word, &read.first, err);
		read.last = read.first;
	} else {
		len = (size_t)(dots - word);
		text_printable(shown, sizeof(shown), word);
		if (len >= sizeof(first))
			return err_text(err, -EINVAL, "not a range of node ids: %s (0 to %u)",
					shown, IDS_NODE_MAX);
		memcpy(first, word, len);
		first[len] = '\0';
		if (ids_parse_one(first, &read.first, NULL) ||
		    ids_parse_one(dots + 2, &read.last, NULL))
			return err_text(err, -EINVAL, "not a range of node ids: %s (0 to %u)",
					shown, IDS_NODE_MAX);
		rc = read.first <= read.last
			 ? 0
			 : err_text(err, -EINVAL,
				    "not a range of node ids: %s (the first is the larger)", shown);
	}
	if (!rc)
		*range = read;
	return rc;
}

static size_t count_items(char *const *words, size_t count)
{
	size_t items = count;

	for (size_t i = 0; i < count; i++)
		for (const char *at = words[i]; (at = strchr(at, ',')); at++)
			items++;
	return items;
}

static int parse_word(const char *word, struct id_range **at, uint64_t *total, struct err *err)
{
	autofree char *copy = strdup(word);

	if (!copy)
		return err_errno(err, -ENOMEM, "read ids");
	for (char *rest = copy; rest; ++*at) {
		int rc = parse_range(strsep(&rest, ","), *at, err);

		if (rc)
			return rc;
		*total += (uint64_t)(*at)->last - (*at)->first + 1;
	}
	return 0;
}

/*
 * Joins neighboring ranges in the array if the second continues the first: "5 6 7 1" becomes 5..7
 * and 1. Returns the number of ranges left.
 */
static size_t merge(struct id_range *ranges, size_t count)
{
	size_t kept = 0;

	for (size_t i = 1; i < count; i++) {
		if (ranges[i].first == (uint64_t)ranges[kept].last + 1)
			ranges[kept].last = ranges[i].last;
		else
			ranges[++kept] = ranges[i];
	}
	return kept + 1;
}

int ids_parse(char *const *words, size_t count, struct id_range **ranges, size_t *found,
	      struct err *err)
{
	size_t items = count_items(words, count);
	autofree struct id_range *parsed = calloc(items, sizeof(*parsed));
	struct id_range *at = parsed;
	uint64_t total = 0;

	if (!parsed)
		return err_errno(err, -ENOMEM, "read ids");
	for (size_t i = 0; i < count; i++) {
		int rc = parse_word(words[i], &at, &total, err);

		if (rc)
			return rc;
	}
	if (total > IDS_TOTAL_MAX)
		return err_text(err, -E2BIG, "too many node ids: %llu (%u at most)",
				(unsigned long long)total, IDS_TOTAL_MAX);
	*found = merge(parsed, items);
	*ranges = steal_ptr(&parsed);
	return 0;
}

int ids_parse_list(char *word, uint32_t **ids, size_t *count, struct err *err)
{
	autofree struct id_range *ranges = NULL;
	autofree uint32_t *list = NULL;
	size_t found, total = 0, at = 0;
	int rc = ids_parse(&word, 1, &ranges, &found, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < found; i++)
		total += (size_t)ranges[i].last - ranges[i].first + 1;
	list = calloc(total, sizeof(*list));
	if (!list)
		return err_errno(err, -ENOMEM, "read ids");
	for (size_t i = 0; i < found; i++)
		for (uint64_t id = ranges[i].first; id <= ranges[i].last; id++)
			list[at++] = (uint32_t)id;
	*ids = steal_ptr(&list);
	*count = total;
	return 0;
}
