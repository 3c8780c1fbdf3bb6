/* The states of a node as a table: where each event leads, and where it does not. */
#include "controller/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static enum node_state after(enum node_state state, enum node_event event)
{
	enum node_state next = state;
	bool moved = state_next(&next, event);

	assert_int_equal(moved, next != state);
	return next;
}

static void lives_and_dies(void **state)
{
	(void)state;
	assert_int_equal(after(NODE_CREATING, NODE_SIGNED_ON), NODE_RUNNING);
	assert_int_equal(after(NODE_RUNNING, NODE_SILENT), NODE_SUSPECT);
	assert_int_equal(after(NODE_SUSPECT, NODE_BACK), NODE_RUNNING);
	assert_int_equal(after(NODE_RUNNING, NODE_EXIT), NODE_LOST);
	assert_int_equal(after(NODE_RUNNING, NODE_FREEZE), NODE_FROZEN);
	assert_int_equal(after(NODE_FROZEN, NODE_THAW), NODE_RUNNING);
}

static void silence_means_nothing_to_the_lost_and_the_frozen(void **state)
{
	(void)state;
	assert_int_equal(after(NODE_LOST, NODE_SILENT), NODE_LOST);
	assert_int_equal(after(NODE_LOST, NODE_BACK), NODE_LOST);
	assert_int_equal(after(NODE_FROZEN, NODE_SILENT), NODE_FROZEN);
	assert_int_equal(after(NODE_CREATING, NODE_SILENT), NODE_CREATING);
	assert_int_equal(after(NODE_RUNNING, NODE_SIGNED_ON), NODE_RUNNING);
}

static void everything_can_be_removed_and_stays_so(void **state)
{
	(void)state;
	for (enum node_state from = 0; from < NODE_STATES; from++)
		assert_int_equal(after(from, NODE_REMOVE), NODE_REMOVED);
	for (enum node_event event = 0; event < NODE_EVENTS; event++)
		assert_int_equal(after(NODE_REMOVED, event), NODE_REMOVED);
}

static void nothing_is_created_again(void **state)
{
	(void)state;
	for (enum node_state from = NODE_RUNNING; from < NODE_STATES; from++)
		for (enum node_event event = 0; event < NODE_EVENTS; event++)
			assert_int_not_equal(after(from, event), NODE_CREATING);
}

static void every_state_has_a_name(void **state)
{
	(void)state;
	for (enum node_state each = 0; each < NODE_STATES; each++)
		assert_non_null(state_name(each));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lives_and_dies),
	    cmocka_unit_test(silence_means_nothing_to_the_lost_and_the_frozen),
	    cmocka_unit_test(everything_can_be_removed_and_stays_so),
	    cmocka_unit_test(nothing_is_created_again),
	    cmocka_unit_test(every_state_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
