#include "base/proc_stat.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void is_not_misled_by_a_name(void **state)
{
	static const char *const names[] = {"plain", "a) Z 1 (b", "two\nlines", ")", "((", " "};
	struct proc_stat stat;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(prctl(PR_SET_NAME, names[i]), 0);
		assert_true(proc_stat_read(getpid(), &stat));
		assert_string_equal(stat.name, names[i]);
		assert_int_equal(stat.parent, getppid());
		assert_int_equal(stat.state, 'R');
		assert_int_equal(stat.threads, 1);
		assert_false(proc_stat_is_ending(&stat));
	}
}

static void tells_who_is_dead_from_who_is_gone(void **state)
{
	struct proc_stat stat;
	siginfo_t info;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(0);
	assert_true(child > 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_true(proc_stat_read(child, &stat));
	assert_true(proc_stat_is_dead(&stat));
	assert_true(proc_stat_is_ending(&stat));
	assert_int_equal(stat.parent, getpid());
	assert_int_equal(waitpid(child, NULL, 0), child);
	memset(&stat, 0, sizeof(stat));
	assert_false(proc_stat_read(child, &stat));
	assert_true(proc_stat_is_dead(&stat));
	assert_string_equal(stat.name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_not_misled_by_a_name),
	    cmocka_unit_test(tells_who_is_dead_from_who_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
