/* The check whether threads can be started. */
#include "base/threads.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void threads_can_be_started(void **state)
{
	(void)state;
	assert_int_equal(threads_check(NULL), 0);
	assert_int_equal(threads_check(NULL), 0);
}

static void try_without(void)
{
	const struct rlimit one = {1, 1};
	struct err err;

	/* RLIMIT_NPROC does not limit root. */
	if (geteuid() == 0 && setuid(65534) < 0)
		_exit(10);
	if (setrlimit(RLIMIT_NPROC, &one) < 0)
		_exit(11);
	if (threads_check(&err) != -EAGAIN)
		_exit(12);
	_exit(strstr(err.text, "ulimit -u") ? 0 : 13);
}

static void a_limit_of_processes_is_named(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		try_without();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(threads_can_be_started),
	    cmocka_unit_test(a_limit_of_processes_is_named),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
