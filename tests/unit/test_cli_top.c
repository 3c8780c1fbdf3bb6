/* The table of the full screen: the sort orders and the selection. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/top_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct row *make_rows(const int64_t *ids, size_t count)
{
	struct row *rows = calloc(count + 1, sizeof(*rows));

	assert_non_null(rows);
	for (size_t i = 0; i < count; i++) {
		rows[i] = (struct row){.id = ids[i],
				       .parent = i ? ids[0] : ROW_UNKNOWN,
				       .pid = 100 + (int)i,
				       .uptime_ms = ids[i] * 1000,
				       .rss_bytes = ids[i] * 7 % 10,
				       .cpu_ms = 0,
				       .last_beat_ms = i ? ROW_UNKNOWN : 5};
		strcpy(rows[i].state, ids[i] % 2 ? "running" : "frozen");
	}
	return rows;
}

static void take(struct top_table *table, const int64_t *ids, size_t count, int64_t now_ns)
{
	top_table_take(table, make_rows(ids, count), count, now_ns);
}

static void check_order(const struct top_table *table, const char *wanted)
{
	char got[128] = "";

	for (size_t i = 0; i < table->count; i++) {
		size_t len = strlen(got);

		snprintf(got + len, sizeof(got) - len, "%s%lld", i ? " " : "",
			 (long long)table->rows[i].row.id);
	}
	assert_string_equal(got, wanted);
}

static const int64_t five[] = {5, 2, 8, 1, 4};

static void test_sort(void **state)
{
	static const struct {
		enum top_key key;
		const char *order, *reverse;
	} orders[] = {
	    {TOP_ID, "1 2 4 5 8", "8 5 4 2 1"},	  {TOP_STATE, "2 4 8 1 5", "5 1 8 4 2"},
	    {TOP_RSS, "4 1 8 5 2", "2 5 8 1 4"}, /* 8, 7, 6, 5, 4 bytes */
	    {TOP_BEAT, "5 1 2 4 8", "8 4 2 1 5"}, {TOP_UPTIME, "8 5 4 2 1", "1 2 4 5 8"},
	};
	struct top_table table = {0};

	(void)state;
	take(&table, five, ARRAY_SIZE(five), NS_PER_S);
	check_order(&table, "1 2 4 5 8");
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		top_table_sort(&table, orders[i].key, false);
		check_order(&table, orders[i].order);
		top_table_sort(&table, orders[i].key, true);
		check_order(&table, orders[i].reverse);
		/* New rows are sorted in the same order. */
		take(&table, five, ARRAY_SIZE(five), NS_PER_S);
		check_order(&table, orders[i].reverse);
	}
	top_table_release(&table);
}

static void test_selection(void **state)
{
	static const int64_t grown[] = {5, 0, 2, 3, 8, 1, 4}, without_4[] = {5, 0, 2, 3, 8, 1};
	struct top_table table = {0};

	(void)state;
	assert_null(top_table_selected(&table));
	top_table_move(&table, 1);
	top_table_move(&table, -1);
	assert_null(top_table_selected(&table));
	assert_false(top_table_select(&table, 5));

	take(&table, five, ARRAY_SIZE(five), NS_PER_S);
	assert_int_equal(top_table_selected(&table)->row.id, 1);
	top_table_move(&table, 2);
	assert_int_equal(top_table_selected(&table)->row.id, 4);
	/* The selection stays on its node when rows are sorted or added. */
	top_table_sort(&table, TOP_ID, true);
	assert_int_equal(top_table_selected(&table)->row.id, 4);
	top_table_sort(&table, TOP_ID, false);
	take(&table, grown, ARRAY_SIZE(grown), NS_PER_S);
	assert_int_equal(top_table_selected(&table)->row.id, 4);
	/* If the selected node is gone, the row that takes its place is selected. */
	take(&table, without_4, ARRAY_SIZE(without_4), NS_PER_S);
	assert_int_equal(top_table_selected(&table)->row.id, 5);
	top_table_move(&table, 100);
	assert_int_equal(top_table_selected(&table)->row.id, 8);
	/* If no row takes its place, the last row is selected. */
	take(&table, five, 2, NS_PER_S);
	check_order(&table, "2 5");
	assert_int_equal(top_table_selected(&table)->row.id, 5);
	top_table_move(&table, -100);
	assert_int_equal(top_table_selected(&table)->row.id, 2);
	assert_true(top_table_select(&table, 5));
	assert_false(top_table_select(&table, 7));
	assert_int_equal(top_table_selected(&table)->row.id, 5);
	/* Without rows nothing is selected. */
	take(&table, NULL, 0, NS_PER_S);
	assert_null(top_table_selected(&table));
	top_table_release(&table);
}

static void test_scroll(void **state)
{
	struct top_table table = {0};

	(void)state;
	take(&table, five, ARRAY_SIZE(five), NS_PER_S);
	top_table_scroll(&table, 3);
	assert_int_equal(table.first, 0);
	top_table_move(&table, 3);
	top_table_scroll(&table, 3);
	assert_int_equal(table.first, 1);
	top_table_move(&table, 1);
	top_table_scroll(&table, 3);
	assert_int_equal(table.first, 2);
	top_table_move(&table, -2);
	top_table_scroll(&table, 3);
	assert_int_equal(table.first, 2);
	top_table_move(&table, -1);
	top_table_scroll(&table, 3);
	assert_int_equal(table.first, 1);
	top_table_scroll(&table, 10); /* room for all rows: all are shown */
	assert_int_equal(table.first, 0);
	top_table_scroll(&table, 0);
	take(&table, five, 1, NS_PER_S);
	top_table_scroll(&table, 3);
	assert_int_equal(table.first, 0);
	top_table_release(&table);
}

static void take_cpu(struct top_table *table, int64_t cpu_ms, int64_t now_ms)
{
	struct row *rows = make_rows(five, 1);

	rows[0].cpu_ms = cpu_ms;
	top_table_take(table, rows, 1, now_ms * NS_PER_MS);
}

static void test_cpu(void **state)
{
	struct top_table table = {0};

	(void)state;
	take_cpu(&table, 1000, 1000);
	assert_int_equal(table.rows[0].cpu_percent, ROW_UNKNOWN);
	/*
	 * After 200 ms it is too soon to compute a percentage: the table keeps the earlier
	 * measurement for the next time.
	 */
	take_cpu(&table, 1200, 1200);
	assert_int_equal(table.rows[0].cpu_percent, ROW_UNKNOWN);
	take_cpu(&table, 1500, 2000);
	assert_int_equal(table.rows[0].cpu_percent, 50);
	take_cpu(&table, 1500, 2100);
	assert_int_equal(table.rows[0].cpu_percent, 50);
	take_cpu(&table, 3500, 3000);
	assert_int_equal(table.rows[0].cpu_percent, 200);
	/* First the CPU time is unknown, then it restarts from a lower value. */
	take_cpu(&table, ROW_UNKNOWN, 4000);
	assert_int_equal(table.rows[0].cpu_percent, ROW_UNKNOWN);
	take_cpu(&table, 10, 5000);
	assert_int_equal(table.rows[0].cpu_percent, ROW_UNKNOWN);
	take_cpu(&table, 5, 6000);
	assert_int_equal(table.rows[0].cpu_percent, ROW_UNKNOWN);
	take_cpu(&table, 5, 7000);
	assert_int_equal(table.rows[0].cpu_percent, 0);
	top_table_release(&table);
}

static void test_lines(void **state)
{
	struct top_table table = {0};
	char line[256], small[12];

	(void)state;
	top_table_summary(&table, line, sizeof(line));
	assert_string_equal(line, "0 nodes");
	take(&table, five, 1, NS_PER_S);
	top_table_summary(&table, line, sizeof(line));
	assert_string_equal(line, "1 node: 1 running");
	top_table_heading(&table, line, sizeof(line));
	assert_string_equal(line,
			    "       IDv     PARENT  STATE           PID       RSS  CPU%     BEAT"
			    "  UPTIME     ");
	top_row_line(&table.rows[0], line, sizeof(line));
	assert_string_equal(line,
			    "         5          -  running         100      0 KB     -     5 ms"
			    "  5.0 s");
	assert_int_equal(strncmp(line + TOP_STATE_AT, "running", 7), 0);
	strcpy(table.rows[0].row.limits, "pids 24");
	top_table_heading(&table, line, sizeof(line));
	assert_non_null(strstr(line, "  BEAT  UPTIME       LIMITS"));
	top_row_line(&table.rows[0], line, sizeof(line));
	assert_non_null(strstr(line, "  5 ms  5.0 s        pids 24"));
	/* The longest values fit a terminal of 80 columns. */
	table.rows[0].row = (struct row){.id = INT32_MAX,
					 .parent = INT32_MAX,
					 .state = "unavailable",
					 .pid = 4194304,
					 .rss_bytes = 999900LL << 10,
					 .last_beat_ms = 99999,
					 .uptime_ms = 3599900};
	table.rows[0].cpu_percent = 99999;
	top_row_line(&table.rows[0], line, sizeof(line));
	assert_int_equal(strlen(line), 80);
	take(&table, five, ARRAY_SIZE(five), NS_PER_S);
	top_table_summary(&table, line, sizeof(line));
	assert_string_equal(line, "5 nodes: 2 running, 3 frozen");
	top_table_summary(&table, small, sizeof(small));
	assert_string_equal(small, "5 nodes: 2 ");
	top_table_sort(&table, TOP_RSS, true);
	top_table_heading(&table, line, sizeof(line));
	assert_non_null(strstr(line, " RSS^ "));
	assert_string_equal(top_key_name(TOP_RSS), "rss");
	top_table_release(&table);
}

static void check_read(const char *text, bool sense)
{
	json_t *body = json_loads(text, 0, NULL);
	struct row *rows;
	size_t count = 7;

	assert_non_null(body);
	rows = rows_read(body, &count);
	assert_int_equal(rows != NULL, sense);
	assert_int_equal(count, sense);
	free(rows);
	json_decref(body);
}

#define NODE(state, more)                                                                          \
	"{\"nodes\":[{\"node\":1,\"parent\":null,\"state\":\"" state                               \
	"\",\"available\":true,\"pid\":2,\"uptime_ms\":3" more "}]}"

static void test_read(void **state)
{
	(void)state;
	check_read(NODE("running", ""), true);
	check_read(NODE("running", ",\"rss_bytes\":-5,\"cpu_ms\":\"x\""), true);
	check_read(NODE("a-word-too-much", ""), false);
	check_read(NODE("anotherwordtoomuch", ""), false);
	check_read(NODE("", ",\"pid\":\"x\""), false);
	check_read("{\"nodes\":[7]}", false);
	check_read("{\"nodes\":7}", false);
	check_read("{}", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sort),   cmocka_unit_test(test_selection),
	    cmocka_unit_test(test_scroll), cmocka_unit_test(test_cpu),
	    cmocka_unit_test(test_lines),  cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
