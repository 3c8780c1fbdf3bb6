/* The CLI's parsers: words, ids, lines, and suggestions for mistyped commands. */
#include "base/cleanup.h"
#include "controller/cli/command.h"
#include "controller/cli/ids.h"
#include "controller/cli/reader.h"
#include "controller/cli/text.h"
#include "controller/cli/words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_utf8(void **state)
{
	static const char *const good[] = {
	    "", "ascii", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8c\xb3", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",	  "\xc3",	  "\xc0\xaf",
					  "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
					  "\xff",	  "a\xe2\x82"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
}

static void test_printable(void **state)
{
	char out[8];

	(void)state;
	text_printable(out, sizeof(out), "a\033[b\n");
	assert_string_equal(out, "a?[b?");
	text_printable(out, sizeof(out), "1234567");
	assert_string_equal(out, "1234567");
	text_printable(out, sizeof(out), "12345678");
	assert_string_equal(out, "1234...");
	/* If a character does not fit whole, the text is cut before it. */
	text_printable(out, sizeof(out), "123\xe2\x82\xac\xe2\x82\xac");
	assert_string_equal(out, "123...");
	text_printable(out, sizeof(out), "\xff\xc2\x9b");
	assert_string_equal(out, "??");
}

static void test_number(void **state)
{
	static const char *const bad[] = {
	    "", "-1", "+1", " 1", "1 ", "0x1", "1e3", "256", "99999999999999999999999999"};
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_number(bad[i], 255, &value));
	assert_int_equal(value, 7);
	assert_true(text_number("255", 255, &value));
	assert_int_equal(value, 255);
	assert_true(text_number("0", 255, &value));
	assert_int_equal(value, 0);
}

static const char *nearest_of(const char *typed, enum command_where where)
{
	struct nearest nearest = {.typed = typed};

	command_consider(&nearest, where);
	return nearest.word;
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(nearest_of("pingal", REPL), "pingall");
	assert_string_equal(nearest_of("craete", REPL), "create");
	assert_string_equal(nearest_of("heartbeta", ONE_SHOT), "heartbeat");
	assert_string_equal(nearest_of("pss", REPL), "ps");
	assert_null(nearest_of("as", REPL));
	assert_null(nearest_of("zzzz", REPL));
	assert_null(nearest_of("", REPL));
	assert_null(nearest_of("a word much longer than any command there is", REPL));
	/*
	 * A name that other tools give to a command is preferred to a command that is spelled
	 * similarly.
	 */
	assert_string_equal(nearest_of("rm", REPL), "remove");
	assert_string_equal(nearest_of("destroy", REPL), "remove");
	assert_string_equal(nearest_of("status", REPL), "info");
	assert_null(nearest_of("del destro", REPL));
	assert_null(nearest_of("e", REPL));
	/* Only commands that exist in the given mode (REPL or ONE_SHOT) are suggested. */
	assert_null(nearest_of("shell", REPL));
	assert_string_equal(nearest_of("shell", ONE_SHOT), "enter");
	assert_string_equal(nearest_of("meun", REPL), "menu");
	assert_null(nearest_of("meun", ONE_SHOT));
	assert_string_equal(nearest_of("eventz", ONE_SHOT), "events");
	assert_null(nearest_of("eventz", REPL));
}

static void check_words(const char *line, const char *joined)
{
	struct words words = {0};
	char all[256] = "";

	assert_int_equal(words_split_quoted(line, &words, NULL), 0);
	assert_null(words.argv[words.count]);
	for (size_t i = 0; i < words.count; i++) {
		strcat(all, words.argv[i]);
		strcat(all, "|");
	}
	assert_string_equal(all, joined);
	words_release(&words);
}

static void test_words(void **state)
{
	(void)state;
	check_words("", "");
	check_words(" \t ", "");
	check_words("a", "a|");
	check_words("  a b\tc \r", "a|b|c|");
	check_words("'a b' \"c d\" e\\ f", "a b|c d|e f|");
	check_words("'a'\"b\"c", "abc|");
	check_words("'' \"\" x", "||x|");
	check_words("\"a\\\"b\\\\c\\n\" 'a\\b'", "a\"b\\c\\n|a\\b|");
	check_words("\\'", "'|");
	check_words("\"\\$\\$ \\` $x\" \\$", "$$ ` $x|$|");
	check_words("$HOME * ;", "$HOME|*|;|");
}

static void test_words_unfinished(void **state)
{
	static const char *const bad[] = {"a 'b", "a \"b", "a \\", "'", "\"\\\"", "a 'b\\'c'"};
	struct words words = {0};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(words_split_quoted(bad[i], &words, &err), -EINVAL);
		assert_null(words.argv);
	}
	assert_int_equal(words_split_plain("a 'b", &words, &err), 0);
	assert_int_equal(words.count, 2);
	words_release(&words);
}

static int parse(const char *line, struct id_range ranges[4], struct err *err)
{
	struct id_range *parsed = NULL;
	struct words words = {0};
	size_t count = 0;
	int rc;

	assert_int_equal(words_split_plain(line, &words, NULL), 0);
	rc = ids_parse(words.argv, words.count, &parsed, &count, err);
	assert_true(count <= 4);
	if (count)
		memcpy(ranges, parsed, count * sizeof(*ranges));
	free(parsed);
	words_release(&words);
	return rc;
}

static void test_ids(void **state)
{
	struct id_range ranges[4];
	struct err err = {0};

	(void)state;
	assert_int_equal(parse("5 6,7..9 10 1 2147483646 2147483647 0", ranges, &err), 0);
	assert_int_equal(ranges[0].first, 5);
	assert_int_equal(ranges[0].last, 10);
	assert_int_equal(ranges[1].last, 1);
	assert_int_equal(ranges[2].last, 2147483647);
	assert_int_equal(ranges[3].first, 0);
	assert_int_equal(parse("0 2147483647 3..5 7..7", ranges, &err), 0);
	assert_int_equal(ranges[0].last, 0);
	assert_int_equal(ranges[1].first, 2147483647);
	assert_int_equal(ranges[2].first, 3);
	assert_int_equal(ranges[2].last, 5);
	assert_int_equal(ranges[3].first, ranges[3].last);
	assert_int_equal(parse("1..100000", ranges, &err), 0);
	assert_int_equal(parse("9,3..5 7", ranges, &err), 0);
	assert_int_equal(ranges[0].first, 9);
	assert_int_equal(ranges[1].last, 5);
	assert_int_equal(ranges[2].first, 7);
}

static void test_ids_bad(void **state)
{
	static const struct {
		const char *line, *text;
	} bad[] = {
	    {"-1", "not a node id: -1 (0 to 2147483647)"},
	    {"1 2147483648", "not a node id: 2147483648 (0 to 2147483647)"},
	    {"x", "not a node id: x (0 to 2147483647)"},
	    {"\033[2J", "not a node id: ?[2J (0 to 2147483647)"},
	    {"5..3", "not a range of node ids: 5..3 (the first is the larger)"},
	    {"5..", "not a range of node ids: 5.. (0 to 2147483647)"},
	    {"..5", "not a range of node ids: ..5 (0 to 2147483647)"},
	    {"1...5", "not a range of node ids: 1...5 (0 to 2147483647)"},
	    {"1..2..3", "not a range of node ids: 1..2..3 (0 to 2147483647)"},
	    {"00000000000000001..2",
	     "not a range of node ids: 00000000000000001..2 (0 to 2147483647)"},
	    {"1..100001", "too many node ids: 100001 (100000 at most)"},
	    {"1..100000 7", "too many node ids: 100001 (100000 at most)"},
	    {"0..2147483647 0..2147483647", "too many node ids: 4294967296 (100000 at most)"},
	};
	struct id_range ranges[4];
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(parse(bad[i].line, ranges, &err) < 0);
		assert_string_equal(err.text, bad[i].text);
	}
}

static void feed(struct reader *reader, const char *data, size_t len)
{
	while (len) {
		size_t room;
		char *to = reader_room(reader, &room);
		size_t piece = len < room ? len : room;

		assert_true(room > 0);
		memcpy(to, data, piece);
		reader_filled(reader, piece);
		data += piece;
		len -= piece;
	}
}

static void test_lines(void **state)
{
	static struct reader reader;
	struct err err = {0};
	const char *line;

	(void)state;
	memset(&reader, 0, sizeof(reader));
	assert_int_equal(reader_next(&reader, &line, &err), 0);
	feed(&reader, "create 1\n\npi", 12);
	assert_int_equal(reader_next(&reader, &line, &err), 1);
	assert_string_equal(line, "create 1");
	assert_int_equal(reader_next(&reader, &line, &err), 1);
	assert_string_equal(line, "");
	assert_int_equal(reader_next(&reader, &line, &err), 0);
	feed(&reader, "ng\na\0b\n\xff\nlast", 13);
	assert_int_equal(reader_next(&reader, &line, &err), 1);
	assert_string_equal(line, "ping");
	assert_int_equal(reader_next(&reader, &line, &err), -EINVAL);
	assert_string_equal(err.text, "a NUL byte in the line");
	assert_int_equal(reader_next(&reader, &line, &err), -EINVAL);
	assert_string_equal(err.text, "the line is not valid UTF-8");
	assert_int_equal(reader_next(&reader, &line, &err), 0);
	reader_filled(&reader, 0);
	assert_int_equal(reader_next(&reader, &line, &err), 1);
	assert_string_equal(line, "last");
	assert_int_equal(reader_next(&reader, &line, &err), 0);
	assert_true(reader.closed);
}

/*
 * An overlong line gives one error, however many pieces it arrives in. The next line is read
 * normally.
 */
static void test_long_lines(void **state)
{
	static struct reader reader;
	char *big = malloc(1 << 20);
	struct err err = {0};
	const char *line;
	int errors = 0;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 1 << 20);
	memset(&reader, 0, sizeof(reader));
	for (int i = 0; i < 1 << 20; i += 4096) {
		feed(&reader, big, 4096);
		errors += reader_next(&reader, &line, &err) < 0;
	}
	assert_int_equal(errors, 1);
	feed(&reader, "\nnext\n", 6);
	assert_int_equal(reader_next(&reader, &line, &err), 1);
	assert_string_equal(line, "next");

	feed(&reader, big, READER_LINE_MAX);
	feed(&reader, "\n", 1);
	assert_int_equal(reader_next(&reader, &line, &err), 1);
	assert_int_equal(strlen(line), READER_LINE_MAX);
	feed(&reader, big, READER_LINE_MAX + 1);
	feed(&reader, "\n", 1);
	assert_int_equal(reader_next(&reader, &line, &err), -EINVAL);
	feed(&reader, big, READER_LINE_MAX + 1);
	assert_int_equal(reader_next(&reader, &line, &err), -EINVAL);
	reader_filled(&reader, 0);
	assert_int_equal(reader_next(&reader, &line, &err), 0);
	free(big);
}

static void check_complete(const char *before, size_t typed, const char *joined)
{
	const char *choices[TERMINAL_CHOICES_MAX];
	char all[256] = "";
	size_t length = 0, count = command_complete(before, choices, &length);

	for (size_t i = 0; i < count; i++) {
		strcat(all, choices[i]);
		strcat(all, "|");
	}
	assert_string_equal(all, joined);
	assert_int_equal(length, typed);
}

static void test_complete(void **state)
{
	(void)state;
	check_complete("", 0,
		       "create|remove|exec|logs|grow|pingall|heartbeat|stats|ps|tree|inspect|kill|"
		       "freeze|thaw|set|"
		       "info|top|menu|exit|");
	check_complete("ex", 2, "exec|exit|");
	check_complete("exec 6 ", 0, "start|stop|time|--|");
	check_complete("exec 6 st", 2, "start|stop|");
	check_complete("exec ", 0, "");
	check_complete("exec 6 -- st", 2, "");
	check_complete("heartbeat o", 1, "off|");
	check_complete("nosuch ", 0, "");
}

/*
 * The table of commands is also the help: each entry has its texts, and no entry hides another one.
 */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < commands_count; i++) {
		assert_ptr_equal(command_find(commands[i].name), &commands[i]);
		assert_non_null(commands[i].usage);
		assert_non_null(commands[i].help);
		assert_non_null(commands[i].run);
		assert_true(commands[i].min <= commands[i].max);
	}
	assert_ptr_equal(command_find("help"), command_find("menu"));
	assert_ptr_equal(command_find("quit"), command_find("exit"));
	assert_null(command_find("abort"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_utf8),     cmocka_unit_test(test_printable),
	    cmocka_unit_test(test_number),   cmocka_unit_test(test_nearest),
	    cmocka_unit_test(test_words),    cmocka_unit_test(test_words_unfinished),
	    cmocka_unit_test(test_ids),	     cmocka_unit_test(test_ids_bad),
	    cmocka_unit_test(test_lines),    cmocka_unit_test(test_long_lines),
	    cmocka_unit_test(test_complete), cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
