/* The addresses of edges. */
#include "controller/edge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static void assert_addr(struct in_addr addr, const char *text)
{
	char buf[INET_ADDRSTRLEN];

	assert_string_equal(inet_ntop(AF_INET, &addr, buf, sizeof(buf)), text);
}

static void gives_pairs(void **state)
{
	char endpoint[EDGE_ENDPOINT_BYTES];
	struct edges edges;
	uint32_t number;

	(void)state;
	edges_init(&edges, false);
	assert_int_equal(edge_take(&edges, &number, NULL), 0);
	edge_endpoint(&edges, number, endpoint);
	assert_string_equal(endpoint, "tcp://10.0.0.0:1");
	edge_child_endpoint(&edges, number, endpoint);
	assert_string_equal(endpoint, "tcp://10.0.0.1:1;10.0.0.0:1");
	edge_child_endpoint(&edges, edges.limit - 1, endpoint);
	assert_string_equal(endpoint, "tcp://10.255.255.253:1;10.255.255.252:1");
	assert_addr(edge_parent_addr(&edges, number), "10.0.0.0");
	assert_addr(edge_child_addr(&edges, number), "10.0.0.1");
	assert_addr(edge_child_addr(&edges, edges.limit - 1), "10.255.255.253");
	edges_init(&edges, true);
	assert_addr(edge_parent_addr(&edges, 0), "127.0.1.0");
	edge_child_endpoint(&edges, 0, endpoint);
	assert_string_equal(endpoint, "tcp://127.0.1.0:5670");
	assert_addr(edge_child_addr(&edges, edges.limit - 1), "127.255.255.253");
}

static void lets_numbers_rest(void **state)
{
	uint32_t first, number;
	struct edges edges;

	(void)state;
	edges_init(&edges, false);
	assert_int_equal(edge_take(&edges, &first, NULL), 0);
	edge_give_back(&edges, first);
	for (int i = 0; i < EDGE_REST; i++) {
		assert_int_equal(edge_take(&edges, &number, NULL), 0);
		assert_int_not_equal(number, first);
		edge_give_back(&edges, number);
	}
	assert_int_equal(edge_take(&edges, &number, NULL), 0);
	assert_int_equal(number, first);
	/* Taking an edge and giving it back, many times, uses up neither numbers nor memory. */
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(edge_take(&edges, &number, NULL), 0);
		edge_give_back(&edges, number);
	}
	assert_true(edges.fresh <= EDGE_REST + 2);
	assert_true(edges.alloc <= 4 * EDGE_REST);
	edges_release(&edges);
}

static void runs_out_with_a_word(void **state)
{
	struct edges edges;
	uint32_t number;
	struct err err;

	(void)state;
	edges_init(&edges, false);
	edges.limit = 2;
	assert_int_equal(edge_take(&edges, &number, &err), 0);
	assert_int_equal(edge_take(&edges, &number, &err), 0);
	assert_int_equal(edge_take(&edges, &number, &err), -EADDRNOTAVAIL);
	assert_non_null(strstr(err.text, "no address is left"));
	edge_give_back(&edges, 0);
	assert_int_equal(edge_take(&edges, &number, &err), 0);
	assert_int_equal(number, 0);
	edges_release(&edges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_pairs),
	    cmocka_unit_test(lets_numbers_rest),
	    cmocka_unit_test(runs_out_with_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
