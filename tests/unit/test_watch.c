/* The detector of silence, with times that the test chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/watch.h"

enum { INTERVAL = 1000, LIMIT = WATCH_INTERVALS * INTERVAL };

static void test_unheard_is_not_judged(void **state)
{
	struct watch watch = {0};

	(void)state;
	assert_int_equal(watch_judge(&watch, 100 * LIMIT), WATCH_NO_CHANGE);
	assert_true(watch_deadline(&watch) == WATCH_NEVER);
	watch_restart(&watch, 0, INTERVAL);
	watch_excuse(&watch, 5);
	assert_true(watch_deadline(&watch) == WATCH_NEVER);
}

static void test_silent_once(void **state)
{
	struct watch watch = {0};

	(void)state;
	watch_heard(&watch, 0, INTERVAL);
	assert_int_equal(watch_deadline(&watch), LIMIT);
	assert_int_equal(watch_judge(&watch, LIMIT - 1), WATCH_NO_CHANGE);
	assert_int_equal(watch_judge(&watch, LIMIT), WATCH_WENT_SILENT);
	assert_int_equal(watch_judge(&watch, 9 * LIMIT), WATCH_NO_CHANGE);
	assert_true(watch_deadline(&watch) == WATCH_NEVER);
}

static void test_any_sound_counts(void **state)
{
	struct watch watch = {0};

	(void)state;
	for (int64_t now = 0; now < 50 * LIMIT; now += LIMIT - 1) {
		assert_int_equal(watch_judge(&watch, now), WATCH_NO_CHANGE);
		watch_heard(&watch, now, INTERVAL);
	}
}

static void test_back_once(void **state)
{
	struct watch watch = {0};

	(void)state;
	watch_heard(&watch, 0, INTERVAL);
	assert_int_equal(watch_judge(&watch, LIMIT), WATCH_WENT_SILENT);
	watch_heard(&watch, LIMIT + 1, INTERVAL);
	watch_heard(&watch, LIMIT + 2, INTERVAL);
	assert_int_equal(watch_deadline(&watch), 0); /* to be reported at once */
	assert_int_equal(watch_judge(&watch, LIMIT + 2), WATCH_CAME_BACK);
	assert_int_equal(watch_judge(&watch, LIMIT + 2), WATCH_NO_CHANGE);
	assert_int_equal(watch_judge(&watch, 2 * LIMIT + 2), WATCH_WENT_SILENT);
}

/*
 * A child comes back and falls silent again before the caller asks: watch_judge() still reports
 * both changes, in order.
 */
static void test_back_and_gone_before_told(void **state)
{
	struct watch watch = {0};

	(void)state;
	watch_heard(&watch, 0, INTERVAL);
	watch_judge(&watch, LIMIT);
	watch_heard(&watch, LIMIT + 1, INTERVAL);
	assert_int_equal(watch_judge(&watch, 5 * LIMIT), WATCH_CAME_BACK);
	assert_int_equal(watch_judge(&watch, 5 * LIMIT), WATCH_WENT_SILENT);
}

static void test_excuse_and_restart(void **state)
{
	struct watch watch = {0};

	(void)state;
	watch_heard(&watch, 0, INTERVAL);
	watch_excuse(&watch, 700);
	assert_int_equal(watch_judge(&watch, LIMIT + 699), WATCH_NO_CHANGE);
	watch_restart(&watch, LIMIT + 699, INTERVAL);
	assert_int_equal(watch_judge(&watch, 2 * LIMIT + 698), WATCH_NO_CHANGE);
	assert_int_equal(watch_judge(&watch, 2 * LIMIT + 699), WATCH_WENT_SILENT);
	/*
	 * A silent child stays silent: neither watch_restart() nor watch_excuse() counts as a
	 * message from the child.
	 */
	watch_restart(&watch, 9 * LIMIT, INTERVAL);
	watch_excuse(&watch, 9 * LIMIT);
	assert_int_equal(watch_judge(&watch, 99 * LIMIT), WATCH_NO_CHANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unheard_is_not_judged),
	    cmocka_unit_test(test_silent_once),
	    cmocka_unit_test(test_any_sound_counts),
	    cmocka_unit_test(test_back_once),
	    cmocka_unit_test(test_back_and_gone_before_told),
	    cmocka_unit_test(test_excuse_and_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
