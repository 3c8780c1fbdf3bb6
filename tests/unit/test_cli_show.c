/*
 * The CLI shows replies and events as lines of text, and shows nothing for garbage. Also tests how
 * output is flushed.
 */
#include "base/cleanup.h"
#include "controller/cli/out.h"
#include "controller/cli/show.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool show(show_fn *fn, const char *text, const char *word, struct out *out)
{
	json_t *body = json_loads(text, 0, NULL);
	bool ok;

	assert_non_null(body);
	ok = fn(body, word, out);
	json_decref(body);
	return ok;
}

static bool show_ended_word(const json_t *body, const char *word, struct out *out)
{
	(void)word;
	return show_ended(body, out);
}

static bool show_any_event(const json_t *body, const char *word, struct out *out)
{
	char ending[32];

	return show_event(body, word != NULL, out, ending, sizeof(ending));
}

static void check_out(struct out *out, const char *expected)
{
	out_raw(out, "", 1);
	assert_string_equal(out->data, expected);
	out_release(out);
}

static const struct {
	show_fn *fn;
	const char *body, *word, *shown;
} good[] = {
    {show_created, "{\"node\":6,\"pid\":3141,\"more\":true}", NULL, "OK: 3141\n"},
    {show_created, "{\"id\":1}", NULL, ""},
    {show_removed, "{\"node\":6,\"more\":true}", NULL, "OK\n"},
    {show_grown, "{\"count\":1000,\"seconds\":8.5}", NULL, "OK: 1000 nodes in 8.500 s\n"},
    {show_pinged, "{\"answered\":[6,8,43],\"unavailable\":[]}", NULL, "OK: 6 8 43\n"},
    {show_pinged, "{\"answered\":[6],\"unavailable\":[7,9]}", NULL, "OK: 6\nUnavailable: 7 9\n"},
    {show_pinged, "{\"answered\":[],\"unavailable\":[]}", NULL, "OK: -1\n"},
    {show_timer, "{\"node\":7,\"ms\":0}", "start", "OK: 7 start\n"},
    {show_timer, "{\"node\":7,\"ms\":4836}", "time", "OK: 7 time: 4836\n"},
    {show_stats, "{\"node\":7,\"stats\":{\"a\":1,\"b\":2}}", NULL, "OK: 7 stats: a=1 b=2\n"},
    {show_ended_word, "{\"exit\":0}", NULL, ""},
    {show_ended_word, "{\"exit\":3}", NULL, "Exit: 3\n"},
    {show_ended_word, "{\"signal\":9}", NULL, "Exit: signal 9\n"},
    {show_ended_word, "{\"error\":\"no x\",\"exit\":127}", NULL, "Error: no x\nExit: 127\n"},
    {show_ended_word, "{\"error\":\"Not found\"}", NULL, "Error: Not found\n"},
    {show_ps,
     "{\"nodes\":[{\"node\":6,\"parent\":null,\"state\":\"running\",\"available\":true,\"pid\":31,"
     "\"uptime_ms\":3725000,\"rss_bytes\":3670016,\"cpu_ms\":5,\"last_beat_ms\":7},"
     "{\"node\":8,\"parent\":6,\"state\":\"lost\",\"available\":false,\"pid\":32,\"uptime_ms\":"
     "1500,"
     "\"rss_bytes\":null}]}",
     NULL,
     "        ID     PARENT  STATE            PID       RSS  LAST BEAT     UPTIME\n"
     "         6          -  running           31    3.5 MB  7 ms ago      1 h 2 min\n"
     "         8          6  lost              32         -  -             1.5 s\n"},
    {show_ps,
     "{\"nodes\":[{\"node\":6,\"parent\":null,\"state\":\"running\",\"available\":true,\"pid\":31,"
     "\"uptime_ms\":1500,\"limits\":{}},"
     "{\"node\":8,\"parent\":6,\"state\":\"running\",\"available\":true,\"pid\":32,"
     "\"uptime_ms\":1500,\"limits\":{\"io_bytes_per_s\":65537,\"cpus\":0.5,\"pids\":1024,"
     "\"memory_bytes\":67108864,\"odd\":1,\"disk_bytes\":\"many\"}},"
     "{\"node\":9,\"parent\":8,\"state\":\"running\",\"available\":true,\"pid\":33,"
     "\"uptime_ms\":1500,\"limits\":{\"io_bytes_per_s\":4503599627370495,\"cpus\":1023.99,"
     "\"pids\":4194304,\"memory_bytes\":4503599627370495,\"disk_bytes\":4503599627370495}}]}",
     NULL,
     "        ID     PARENT  STATE            PID       RSS  LAST BEAT     UPTIME        LIMITS\n"
     "         6          -  running           31         -  -             1.5 s\n"
     "         8          6  running           32         -  -             1.5 s         memory "
     "64M, pids 1024, cpus 0.5, io 65537\n"
     "         9          8  running           33         -  -             1.5 s         memory "
     "4503599627370495, pids 4194304, cpus 1023.99, disk 4503599627370495, io "
     "4503599627370495\n"},
    {show_any_event,
     "{\"event\":\"lost\",\"node\":8,\"cause\":\"killed by signal 9\",\"spy\":\"its exit\","
     "\"unavailable\":[],\"noticed_ns\":1}",
     NULL, "Lost: node 8 (killed by signal 9), noticed by its exit\n"},
    {show_any_event,
     "{\"event\":\"lost\",\"node\":8,\"cause\":\"a\\nb\",\"spy\":\"c\",\"unavailable\":[9,43]}",
     NULL, "Lost: node 8 (a?b), noticed by c; unavailable with it: 9 43\n"},
    {show_any_event, "{\"event\":\"unavailable\",\"node\":8,\"unavailable\":[9]}", NULL,
     "Heartbeat: node 8 is unavailable now; unavailable with it: 9\n"},
    {show_any_event, "{\"event\":\"back\",\"node\":8}", NULL, "Heartbeat: node 8 is back\n"},
    {show_any_event, "{\"event\":\"starved\",\"node\":6}", NULL,
     "Heartbeat: node 6 was starved itself and waits\n"},
    {show_any_event, "{\"event\":\"starved\",\"node\":6,\"silent\":true}", NULL,
     "Heartbeat: node 6 is silent, but waits for a processor\n"},
    {show_any_event, "{\"event\":\"starved\",\"node\":null}", NULL,
     "Heartbeat: the controller was starved itself and waits\n"},
    {show_any_event, "{\"event\":\"intrusion\",\"node\":8,\"parent\":6,\"segments\":16}", NULL,
     "Intrusion: programs of node 8 or of its parent 6 tried to speak as an agent: 16 segments "
     "refused\n"},
    {show_any_event, "{\"event\":\"intrusion\",\"node\":6,\"parent\":null,\"segments\":16}", NULL,
     "Intrusion: programs of node 6 tried to speak as an agent: 16 segments refused\n"},
    {show_any_event, "{\"event\":\"round\",\"alive\":[6,8]}", NULL, ""},
    {show_any_event, "{\"event\":\"round\",\"alive\":[6,8]}", "on", "OK: 6\nOK: 8\n"},
};

static const struct {
	show_fn *fn;
	const char *body;
} garbage[] = {
    {show_created, "{\"more\":true}"},
    {show_created, "{\"pid\":-4,\"more\":true}"},
    {show_created, "{\"pid\":\"4\",\"more\":true}"},
    {show_created, "{\"pid\":99999999999,\"more\":true}"},
    {show_removed, "{\"node\":2147483648,\"more\":true}"},
    {show_grown, "{\"count\":1}"},
    {show_grown, "{\"seconds\":1}"},
    {show_pinged, "{\"answered\":[6]}"},
    {show_pinged, "{\"answered\":[6,\"7\"],\"unavailable\":[]}"},
    {show_pinged, "{\"answered\":[6,-7],\"unavailable\":[]}"},
    {show_pinged, "{\"answered\":6,\"unavailable\":[]}"},
    {show_timer, "{\"node\":7}"},
    {show_stats, "{\"node\":7,\"stats\":[1]}"},
    {show_stats, "{\"node\":7,\"stats\":{\"a\":\"b\"}}"},
    {show_ended_word, "{}"},
    {show_ended_word, "{\"exit\":256}"},
    {show_ended_word, "{\"signal\":-1}"},
    {show_ps, "{}"},
    {show_ps, "{\"nodes\":[{\"node\":6}]}"},
    {show_tree,
     "{\"nodes\":[{\"node\":6,\"parent\":null,\"state\":\"\\u001b[31m\",\"available\":true,"
     "\"pid\":1,\"uptime_ms\":1}]}"},
    {show_any_event, "{}"},
    {show_any_event, "[]"},
    {show_any_event, "{\"event\":7}"},
    {show_any_event, "{\"event\":\"news\"}"},
    {show_any_event, "{\"event\":\"ending\"}"},
    {show_any_event, "{\"event\":\"lost\",\"node\":8,\"cause\":1,\"spy\":\"x\"}"},
    {show_any_event, "{\"event\":\"lost\",\"node\":-8,\"cause\":\"a\",\"spy\":\"x\"}"},
    {show_any_event, "{\"event\":\"back\"}"},
    {show_any_event, "{\"event\":\"round\",\"alive\":[[]]}"},
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct out out = {0};

		assert_true(show(good[i].fn, good[i].body, good[i].word, &out));
		check_out(&out, good[i].shown);
	}
}

static void test_garbage(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		struct out out = {0};

		assert_false(show(garbage[i].fn, garbage[i].body, "on", &out));
		assert_int_equal(out.len, 0);
		out_release(&out);
	}
}

static void test_ending(void **state)
{
	json_t *event = json_pack("{s:s,s:s}", "event", "ending", "cause", "the launcher died");
	struct out out = {0};
	char ending[12] = "";

	(void)state;
	assert_true(show_event(event, false, &out, ending, sizeof(ending)));
	assert_string_equal(ending, "the laun...");
	assert_int_equal(out.len, 0);
	json_decref(event);
}

/* A line of the CLI begins in the first column; raw output stays unchanged. */
static void test_columns(void **state)
{
	struct out out = {0};

	(void)state;
	out_raw(&out, "abc", 3);
	out_line(&out, "Exit: %d", 3);
	out_raw(&out, "abc\n", 4);
	out_line(&out, "OK");
	out_fresh_line(&out);
	check_out(&out, "abc\nExit: 3\nabc\nOK\n");
}

/* If the wake descriptor is readable, a full pipe does not block the flush. No output is lost. */
static void test_flush_woken(void **state)
{
	struct out out = {0};
	int full[2], wake[2];
	char *big = calloc(1, 1 << 20), back[4096];
	size_t total = 0;

	(void)state;
	assert_non_null(big);
	assert_int_equal(pipe(full) | pipe(wake), 0);
	out_raw(&out, big, 1 << 20);
	assert_int_equal(out_flush(&out, full[1], wake[0], 0), -EAGAIN);
	assert_int_equal(write(wake[1], "x", 1), 1);
	assert_int_equal(out_flush(&out, full[1], wake[0], -1), -EINTR);
	while (out.len) {
		ssize_t n = read(full[0], back, sizeof(back));

		assert_true(n > 0);
		total += (size_t)n;
		out_flush(&out, full[1], -1, 0);
	}
	close(full[1]);
	for (ssize_t n; (n = read(full[0], back, sizeof(back))) > 0;)
		total += (size_t)n;
	assert_int_equal(total, 1 << 20);
	close(full[0]);
	close(wake[0]);
	close(wake[1]);
	free(big);
	out_release(&out);
}

static void test_flush_fails(void **state)
{
	struct out out = {0};
	int ends[2], full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	out_line(&out, "x");
	assert_int_equal(out_flush(&out, ends[1], -1, -1), -EPIPE);
	assert_int_equal(out.len, 0);
	out_line(&out, "x");
	assert_int_equal(out_flush(&out, full, -1, -1), -ENOSPC);
	assert_int_equal(out_flush(&out, full, -1, -1), 0);
	close(ends[1]);
	close(full);
	out_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),	cmocka_unit_test(test_garbage),
	    cmocka_unit_test(test_ending),	cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_flush_woken), cmocka_unit_test(test_flush_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
