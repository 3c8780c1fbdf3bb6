/* Routes and the timer: the parts of the agent that need neither sockets nor a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "node/route.h"
#include "node/timer.h"

/* Routes only compare the addresses of edges, so any addresses will do. */
static struct edge *const left = (struct edge *)0x10;
static struct edge *const right = (struct edge *)0x20;

/* Adds the nodes below node 6: 3 (1, 5) on the left, 8 (7, 43 (42)) on the right. */
static void fill(struct routes *routes)
{
	static const struct {
		uint32_t id, parent;
		bool is_left;
	} tree[] = {{8, 6, false}, {43, 8, false}, {3, 6, true}, {42, 43, false},
		    {1, 3, true},  {7, 8, false},  {5, 3, true}};

	for (size_t i = 0; i < sizeof(tree) / sizeof(tree[0]); i++)
		assert_int_equal(
		    routes_add(routes, tree[i].id, tree[i].parent, tree[i].is_left ? left : right),
		    0);
}

static void test_find(void **state)
{
	struct routes routes = ROUTES_INIT;

	(void)state;
	assert_null(routes_find(&routes, 8));
	fill(&routes);
	assert_ptr_equal(routes_find(&routes, 42), right);
	assert_ptr_equal(routes_find(&routes, 1), left);
	assert_null(routes_find(&routes, 6));
	assert_null(routes_find(&routes, 2147483647));
	assert_int_equal(routes_add(&routes, 42, 1, left), 0); /* moves 42 to the left edge */
	assert_ptr_equal(routes_find(&routes, 42), left);
	assert_int_equal(routes.count, 7);
	routes_release(&routes);
}

static void test_forget_subtree(void **state)
{
	struct routes routes = ROUTES_INIT;

	(void)state;
	fill(&routes);
	assert_int_equal(routes_forget(&routes, 99), 0);
	assert_int_equal(routes_forget(&routes, 43), 2);
	assert_null(routes_find(&routes, 42));
	assert_ptr_equal(routes_find(&routes, 7), right);
	assert_int_equal(routes_forget(&routes, 8), 2);
	assert_int_equal(routes_forget(&routes, 3), 3);
	assert_int_equal(routes.count, 0);
	routes_release(&routes);
}

static void test_forget_edge(void **state)
{
	struct routes routes = ROUTES_INIT;

	(void)state;
	fill(&routes);
	routes_forget_edge(&routes, right);
	assert_int_equal(routes.count, 3);
	assert_null(routes_find(&routes, 8));
	assert_ptr_equal(routes_find(&routes, 5), left);
	routes_release(&routes);
}

/* Forgets a chain as deep as the largest tree from its middle on, and a ring. */
static void test_forget_deep(void **state)
{
	enum { DEEP = 20000 };
	struct routes routes = ROUTES_INIT;

	(void)state;
	for (uint32_t id = 1; id <= DEEP; id++)
		assert_int_equal(routes_add(&routes, id, id - 1, right), 0);
	assert_int_equal(routes_forget(&routes, DEEP / 2), DEEP / 2 + 1);
	assert_ptr_equal(routes_find(&routes, DEEP / 2 - 1), right);
	routes_release(&routes);
	routes_add(&routes, 1, 3, left);
	routes_add(&routes, 2, 1, left);
	routes_add(&routes, 3, 2, left);
	routes_add(&routes, 4, 0, left);
	assert_int_equal(routes_forget(&routes, 4), 1);
	assert_int_equal(routes_forget(&routes, 2), 3);
	routes_release(&routes);
}

static void test_timer(void **state)
{
	struct timer timer = {0};

	(void)state;
	assert_int_equal(timer_ms(&timer, 5 * NS_PER_S), 0);
	timer_stop(&timer, 5 * NS_PER_S);
	assert_int_equal(timer_ms(&timer, 6 * NS_PER_S), 0);
	timer_start(&timer, 10 * NS_PER_S);
	assert_int_equal(timer_ms(&timer, 14 * NS_PER_S + 836 * NS_PER_MS), 4836);
	timer_stop(&timer, 15 * NS_PER_S);
	timer_stop(&timer, 16 * NS_PER_S);
	assert_int_equal(timer_ms(&timer, 99 * NS_PER_S), 5000);
	timer_start(&timer, 100 * NS_PER_S); /* restarts from 0 */
	timer_start(&timer, 101 * NS_PER_S);
	assert_int_equal(timer_ms(&timer, 102 * NS_PER_S), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),	cmocka_unit_test(test_forget_subtree),
	    cmocka_unit_test(test_forget_edge), cmocka_unit_test(test_forget_deep),
	    cmocka_unit_test(test_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
