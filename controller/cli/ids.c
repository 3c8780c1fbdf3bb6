#include "controller/cli/ids.h"

#include "controller/cli/text.h"

#include <errno.h>
#include <string.h>

#define SHOWN_BYTES 80 /* of a wrong word, in the message about it */

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

int ids_parse(char *const *words, size_t count, struct id_range *ranges, struct err *err)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++) {
		int rc = parse_range(words[i], &ranges[i], err);

		if (rc)
			return rc;
		total += (uint64_t)ranges[i].last - ranges[i].first + 1;
	}
	if (total > IDS_TOTAL_MAX)
		return err_text(err, -E2BIG, "too many node ids: %llu (%u at most)",
				(unsigned long long)total, IDS_TOTAL_MAX);
	return 0;
}
