/*
 * Fuzzes how the command line shows the controller's replies and events, without colors. For any
 * JSON object, the shown text holds no control characters except newlines.
 */
#include "tests/fuzz/fuzz.h"

#include "controller/cli/rows.h"
#include "controller/cli/show.h"
#include "controller/cli/top_table.h"

#include "base/cleanup.h"

#include <stdint.h>
#include <string.h>

static show_fn *const shows[] = {show_created, show_removed, show_grown, show_pinged, show_timer,
				 show_stats,   show_ps,	     show_tree,	 show_info};

static void check_shown(const struct out *out)
{
	for (size_t i = 0; i < out->len; i++) {
		unsigned char octet = (unsigned char)out->data[i];

		must(octet >= 0x20 || octet == '\n');
		must(octet != 0x7f);
		/*
		 * Some terminals obey the control characters U+0080 to U+009F, so the text must not
		 * hold them. In UTF-8 they begin with the octet 0xc2.
		 */
		must(octet != 0xc2 || i + 1 == out->len || (unsigned char)out->data[i + 1] >= 0xa0);
	}
}

static void try_top(const json_t *body)
{
	struct top_table table = {0};
	char line[512];
	size_t count;
	struct row *rows = rows_read(body, &count);

	if (!rows) {
		must(!count);
		return;
	}
	top_table_take(&table, rows, count, 1);
	top_table_move(&table, 3);
	top_table_scroll(&table, 2);
	top_table_summary(&table, line, sizeof(line));
	for (size_t i = 0; i < table.count; i++) {
		top_row_line(&table.rows[i], line, sizeof(line));
		must(memchr(line, '\0', sizeof(line)));
	}
	must(!table.count || top_table_selected(&table));
	top_table_release(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *body = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	char ending[64];

	if (!json_is_object(body)) {
		json_decref(body);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(shows); i++) {
		struct out out = {0};

		shows[i](body, "time", &out);
		check_shown(&out);
		out_release(&out);
	}
	for (int rounds = 0; rounds < 2; rounds++) {
		struct out out = {0};

		show_event(body, rounds, &out, ending, sizeof(ending));
		show_ended(body, &out);
		check_shown(&out);
		out_release(&out);
	}
	try_top(body);
	json_decref(body);
	return 0;
}
