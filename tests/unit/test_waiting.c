/* What /proc shows of the threads of a silent process, read from a folder that stands for /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/waiting.h"

enum { PID = 70, IO = 72 };
#define WINDOW_NS (100 * NS_PER_MS)
#define ENOUGH 32

static char proc[] = "/tmp/waiting-test.XXXXXX";

static void put(pid_t tid, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d", proc, PID);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/task", proc, PID);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/task/%d", proc, PID, (int)tid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/task/%d/%s", proc, PID, (int)tid, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void thread(pid_t tid, char state, int ran_ms, int waited_ms, int runs)
{
	char text[128];

	/* The thread's name imitates the rest of the line in `stat`. */
	snprintf(text, sizeof(text), "%d (a) R 1 (b) %c 1 70 70 0 -1", (int)tid, state);
	put(tid, "stat", text);
	snprintf(text, sizeof(text), "%lld %lld %d\n", (long long)(ran_ms * NS_PER_MS),
		 (long long)(waited_ms * NS_PER_MS), runs);
	put(tid, "schedstat", text);
}

static struct waiting look(int64_t now_ns)
{
	struct waiting waiting;

	assert_true(waiting_look(proc, PID, now_ns, &waiting));
	assert_int_equal(waiting.count, 2);
	assert_int_equal(waiting.thread[0].tid, PID);
	return waiting;
}

/*
 * Reads an agent's threads from /proc twice and judges whether the agent was starved. The arguments
 * describe the main thread, except for `io_waited_ms`, which describes the I/O thread.
 */
static bool starved(char before, char state, int ran_ms, int waited_ms, int runs, int io_waited_ms)
{
	struct waiting first, second;

	thread(PID, before, 1000, 2000, 30);
	thread(IO, 'S', 10, 20, 40);
	first = look(NS_PER_S);
	thread(PID, state, 1000 + ran_ms, 2000 + waited_ms, 30 + runs);
	thread(IO, 'S', 10, 20 + io_waited_ms, 40 + (io_waited_ms != 0));
	second = look(NS_PER_S + WINDOW_NS);
	return waiting_was_starved(&first, &first, &second, ENOUGH);
}

static void test_starved(void **state)
{
	(void)state;
	/*
	 * In these calls, the main thread: waits all the time; waits, then runs; runs, then waits.
	 */
	assert_true(starved('R', 'R', 0, 0, 0, 0));
	assert_true(starved('S', 'S', 1, 60, 1, 0));
	assert_true(starved('S', 'R', 5, 0, 2, 0));
	/* The I/O thread waited, however often the main thread ran. */
	assert_true(starved('S', 'S', 0, 0, 0, 80));
	assert_true(starved('S', 'S', 5, 0, ENOUGH, 80));
}

static void test_not_starved(void **state)
{
	(void)state;
	/*
	 * In these calls, the main thread: sleeps; computes; blocks (D); waits a little; is
	 * stopped.
	 */
	assert_false(starved('S', 'S', 0, 0, 0, 0));
	assert_false(starved('R', 'R', 100, 0, 0, 0));
	assert_false(starved('D', 'D', 0, 0, 0, 0));
	assert_false(starved('S', 'S', 10, 40, 9, 49));
	assert_false(starved('T', 'T', 0, 0, 0, 0));
	/* The main thread waited, but got a processor often enough. */
	assert_false(starved('R', 'R', 5, 60, ENOUGH, 0));
}

/*
 * Reads an agent's threads from /proc twice and judges whether the agent is busy. This is the
 * controller's early check: unlike in starved(), it does not matter how often a thread ran.
 */
static bool busy(char state, int ran_ms, int waited_ms, int io_ran_ms)
{
	struct waiting before, now;

	thread(PID, 'S', 1000, 2000, 30);
	thread(IO, 'S', 10, 20, 40);
	before = look(NS_PER_S);
	thread(PID, state, 1000 + ran_ms, 2000 + waited_ms, 90);
	thread(IO, 'S', 10 + io_ran_ms, 20, 40);
	now = look(NS_PER_S + WINDOW_NS);
	return waiting_is_busy(&before, &now);
}

static void test_busy(void **state)
{
	(void)state;
	/*
	 * In these calls: the main thread is ready; computes; computes and waits; the I/O thread
	 * computes.
	 */
	assert_true(busy('R', 0, 0, 0));
	assert_true(busy('S', 60, 0, 0));
	assert_true(busy('S', 30, 25, 0));
	assert_true(busy('S', 0, 0, 70));
	/*
	 * In these calls: the threads sleep and ran only a little; a control group of version 1
	 * froze them.
	 */
	assert_false(busy('S', 10, 20, 10));
	assert_false(busy('D', 0, 0, 0));
}

static void test_stopped(void **state)
{
	static const char states[] = "TtZX", live[] = "RSDI";
	struct waiting waiting;

	(void)state;
	thread(IO, 'S', 1, 1, 1);
	for (const char *at = states; *at; at++) {
		thread(PID, *at, 1, 1, 1);
		waiting = look(0);
		assert_true(waiting_is_stopped(&waiting));
	}
	for (const char *at = live; *at; at++) {
		thread(PID, *at, 1, 1, 1);
		waiting = look(0);
		assert_false(waiting_is_stopped(&waiting));
	}
}

static void test_nothing_to_see(void **state)
{
	struct waiting waiting;

	(void)state;
	assert_false(waiting_look(proc, PID + 1, 0, &waiting));
	thread(PID, 'S', 1, 1, 1);
	put(PID, "schedstat", "");
	assert_false(waiting_look(proc, PID, 0, &waiting));
	put(PID, "stat", "70 a S");
	assert_false(waiting_look(proc, PID, 0, &waiting));
	/* The real /proc. */
	assert_true(waiting_look("/proc", getpid(), 0, &waiting));
	assert_int_equal(waiting.thread[0].state, 'R');
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(proc) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", proc);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_starved),	   cmocka_unit_test(test_not_starved),
	    cmocka_unit_test(test_busy),	   cmocka_unit_test(test_stopped),
	    cmocka_unit_test(test_nothing_to_see),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
