/* The usage of processes counts for the node that they descend from, whatever their names. */
#include "base/cleanup.h"
#include "controller/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char proc[] = "/tmp/tree-test-usage.XXXXXX";

static void put(const char *pid, const char *stat)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", proc, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/stat", proc, pid);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(stat, file);
	assert_int_equal(fclose(file), 0);
}

/*
 * Writes the stat file of a process: its own user and kernel ticks, its children's user ticks, and
 * its resident pages.
 */
static void process(int pid, const char *name, int parent, int user, int kernel, int children,
		    int pages)
{
	char number[16], stat[256];

	snprintf(number, sizeof(number), "%d", pid);
	snprintf(
	    stat, sizeof(stat),
	    "%d (%s) S %d 1 1 0 -1 4194560 5 6 7 8 %d %d %d 0 20 0 3 0 999 1000000 %d 1844674407"
	    "3709551615 0 0\n",
	    pid, name, parent, user, kernel, children, pages);
	put(number, stat);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int make_proc(void **state)
{
	(void)state;
	strcpy(proc + sizeof(proc) - 7, "XXXXXX");
	return mkdtemp(proc) ? 0 : -1;
}

static int drop_proc(void **state)
{
	(void)state;
	return nftw(proc, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static void check(const struct usage *usage, bool known, long pages, long ticks)
{
	assert_int_equal(usage->known, known);
	assert_int_equal(usage->rss_bytes, pages * sysconf(_SC_PAGESIZE));
	assert_int_equal(usage->cpu_ms, ticks * 1000 / sysconf(_SC_CLK_TCK));
}

static void test_sums(void **state)
{
	struct usage usages[] = {{.pid = 50}, {.pid = 30}, {.pid = 40}, {.pid = 20}};

	(void)state;
	process(1, "init", 0, 1000, 0, 0, 5000);
	process(10, "launcher", 1, 500, 0, 0, 900);
	process(20, "bonsai-node", 10, 1, 2, 4, 100);
	process(30, "bonsai-node", 10, 8, 0, 0, 7);
	process(21, "sh", 20, 16, 0, 0, 10);
	process(5, "a) S 30 (b", 21, 32, 0, 0, 1); /* pids wrapped; the name imitates stat */
	process(99, "x y", 5, 64, 0, 0, 1000);
	process(50, "bonsai-node", 10, 0, 0, 0, 0);
	put("self", "nonsense");
	assert_int_equal(usage_read(proc, usages, ARRAY_SIZE(usages), NULL), 0);
	check(&usages[0], true, 1111, 1 + 2 + 4 + 16 + 32 + 64);
	check(&usages[1], true, 7, 8);
	check(&usages[2], false, 0, 0);
	check(&usages[3], true, 0, 0);
	assert_ptr_equal(usage_find(usages, 4, 30), &usages[1]);
	assert_null(usage_find(usages, 4, 40));
	assert_null(usage_find(usages, 4, 21));
	assert_null(usage_find(NULL, 0, 30));
}

static void test_broken(void **state)
{
	struct usage usages[] = {{.pid = 20}};
	struct err err = {0};

	(void)state;
	/*
	 * Odd files: a ring of parents, an ended process, half a line, a process that is its own
	 * parent.
	 */
	process(2, "a", 3, 1, 0, 0, 1);
	process(3, "b", 2, 1, 0, 0, 1);
	put("4", "");
	put("5", "5 (x) S 20 1");
	process(6, "c", 6, 1, 0, 0, 1);
	put("7", "7 no parentheses");
	process(20, "bonsai-node", 10, 3, 0, 0, 9);
	assert_int_equal(usage_read(proc, usages, 1, NULL), 0);
	check(&usages[0], true, 9, 3);
	assert_int_equal(usage_read(proc, NULL, 0, NULL), 0);
	assert_int_equal(usage_read("/nonexistent", usages, 1, &err), -ENOENT);
	assert_string_equal(err.text, "read /nonexistent: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_sums, make_proc, drop_proc),
	    cmocka_unit_test_setup_teardown(test_broken, make_proc, drop_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
