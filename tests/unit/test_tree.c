/* The tree, the rule of placement, and which nodes are available. */
#include "controller/place.h"
#include "controller/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define MANY 4000

static struct node *grow(struct tree *tree, uint32_t id)
{
	struct node *node = tree_add(tree, id, place_parent(tree, id));

	assert_non_null(node);
	assert_true(state_next(&node->state, NODE_SIGNED_ON));
	tree_lighten(node);
	return node;
}

static struct tree example(void)
{
	static const uint32_t ids[] = {6, 8, 43, 7, 3, 9};
	struct tree tree = {0};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		grow(&tree, ids[i]);
	return tree;
}

/* Returns the ids of a walk as text. */
static const char *spell(const struct node *node)
{
	static char text[256];
	size_t at = 0;

	text[0] = '\0';
	for (; node; node = node->walk)
		at += (size_t)snprintf(text + at, sizeof(text) - at, " %u", node->id);
	return text;
}

static void places_smaller_left_larger_right(void **state)
{
	struct tree tree = {0};

	(void)state;
	assert_null(place_parent(&tree, 5));
	tree = example();
	assert_int_equal(tree_find(&tree, 8)->parent->id, 6);
	assert_int_equal(tree_find(&tree, 7)->parent->id, 8);
	assert_int_equal(tree_find(&tree, 9)->parent->id, 43);
	assert_int_equal(place_parent(&tree, 0)->id, 3);
	assert_int_equal(place_parent(&tree, 2147483647)->id, 43);
	assert_int_equal(place_parent(&tree, 10)->id, 9);
	tree_release(&tree);
}

static void walks_parents_before_children(void **state)
{
	struct tree tree = example();

	(void)state;
	assert_string_equal(spell(tree_walk(tree.root)), " 6 3 8 7 43 9");
	assert_string_equal(spell(tree_walk(tree_find(&tree, 43))), " 43 9");
	assert_null(tree_walk(NULL));
	tree_release(&tree);
}

static void knows_what_is_within(void **state)
{
	struct tree tree = example();

	(void)state;
	assert_true(tree_is_within(tree_find(&tree, 9), tree_find(&tree, 8)));
	assert_true(tree_is_within(tree_find(&tree, 9), tree_find(&tree, 9)));
	assert_false(tree_is_within(tree_find(&tree, 8), tree_find(&tree, 9)));
	assert_false(tree_is_within(tree_find(&tree, 7), tree_find(&tree, 43)));
	tree_release(&tree);
}

static void darkens_each_once(void **state)
{
	struct tree tree = example();

	(void)state;
	assert_string_equal(spell(tree_darken(tree_find(&tree, 43))), " 9");
	assert_string_equal(spell(tree_darken(tree_find(&tree, 8))), " 7");
	assert_null(tree_darken(tree_find(&tree, 43)));
	assert_true(tree_find(&tree, 3)->available);
	assert_false(tree_find(&tree, 9)->available);
	tree_release(&tree);
}

static void lightens_what_may_be(void **state)
{
	struct tree tree = example();

	(void)state;
	assert_true(state_next(&tree_find(&tree, 43)->state, NODE_SILENT));
	tree_darken(tree_find(&tree, 43));
	tree_darken(tree_find(&tree, 8));
	tree_lighten(tree_find(&tree, 9));
	assert_false(tree_find(&tree, 9)->available);
	tree_lighten(tree_find(&tree, 8));
	assert_true(tree_find(&tree, 7)->available);
	assert_false(tree_find(&tree, 43)->available);
	assert_false(tree_find(&tree, 9)->available);
	assert_true(state_next(&tree_find(&tree, 43)->state, NODE_BACK));
	tree_lighten(tree_find(&tree, 43));
	assert_true(tree_find(&tree, 9)->available);
	tree_release(&tree);
}

static void drops_leaves_and_the_root(void **state)
{
	struct tree tree = {0};

	(void)state;
	grow(&tree, 6);
	grow(&tree, 3);
	grow(&tree, 8);
	tree_drop(&tree, tree_find(&tree, 3));
	assert_null(tree_find(&tree, 3));
	assert_string_equal(spell(tree_walk(tree.root)), " 6 8");
	tree_drop(&tree, tree_find(&tree, 8));
	tree_drop(&tree, tree_find(&tree, 6));
	assert_null(tree.root);
	assert_int_equal(tree.count, 0);
	grow(&tree, 1);
	assert_int_equal(tree.root->id, 1);
	tree_release(&tree);
}

static size_t depth(const struct node *node)
{
	size_t levels = 0;

	for (; node; node = node->parent)
		levels++;
	return levels;
}

static void balances(void **state)
{
	static const uint32_t seven[] = {4, 2, 6, 1, 3, 5, 7};
	struct tree tree = {0};
	uint32_t order[MANY];

	(void)state;
	assert_int_equal(place_balanced(7, order), 0);
	assert_memory_equal(order, seven, sizeof(seven));
	assert_int_equal(place_balanced(0, order), 0);
	assert_int_equal(place_balanced(MANY, order), 0);
	for (size_t i = 0; i < MANY; i++) {
		struct node *node = grow(&tree, order[i]);

		/*
		 * The order fills level by level: no node is more than one level deeper than in a
		 * complete tree.
		 */
		assert_true(depth(node) <= 1 + (size_t)(63 - __builtin_clzll(i + 1)) + 1);
	}
	assert_int_equal(tree.count, MANY);
	tree_release(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(places_smaller_left_larger_right),
	    cmocka_unit_test(walks_parents_before_children),
	    cmocka_unit_test(knows_what_is_within),
	    cmocka_unit_test(darkens_each_once),
	    cmocka_unit_test(lightens_what_may_be),
	    cmocka_unit_test(drops_leaves_and_the_root),
	    cmocka_unit_test(balances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
