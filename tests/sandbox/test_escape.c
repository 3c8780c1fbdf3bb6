/*
 * Tries each known way out in a sandbox of its own, where it must be refused. Also checks that the
 * attempts report an escape where there is no sandbox.
 */
#include "tests/sandbox/escape.h"
#include "tests/sandbox/rig.h"

#include "base/cleanup.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

#define NODE 7
#define ATTEMPTS_MAX 200

const struct rig_entry rig_entries[] = {{"escape", escape_main}, {NULL, NULL}};

static struct launcher launcher;

static int start(void **state)
{
	(void)state;
	rig_start(&launcher, rig_backend());
	return 0;
}

static int stop(void **state)
{
	(void)state;
	rig_stop(&launcher);
	return 0;
}

static void is_held(void **state)
{
	const struct escape *escape = *state;
	char boot[SANDBOX_BOOT_BYTES];
	int verdict;

	snprintf(boot, sizeof(boot), "escape %s", escape->name);
	verdict = rig_run(&launcher, NODE, SANDBOX_NO_PARENT, boot);
	if (verdict == ESCAPE_UNTRIED) {
		print_message("# SKIP %s can't be tried here\n", escape->name);
		skip();
	}
	if (verdict != ESCAPE_HELD)
		fail_msg("%s (%s): status %d", escape->name, escape->about, verdict);
}

/*
 * True if this kernel refuses bpf(2) without privileges. The file `unprivileged_bpf_disabled` holds
 * 2 by default on Debian, and 0 by the kernel's own default.
 */
static bool bpf_is_disabled(void)
{
	FILE *file = fopen("/proc/sys/kernel/unprivileged_bpf_disabled", "re");
	int disabled = 0;

	if (file) {
		if (fscanf(file, "%d", &disabled) != 1)
			disabled = 0;
		fclose(file);
	}
	return disabled != 0;
}

/*
 * A user namespace alone is no sandbox, so these attempts must report an escape in it. If they did
 * not, their success in a sandbox would prove nothing.
 */
static void can_tell(void **state)
{
	static const char *const names[] = {
	    "own-namespaces", "caps-empty", "filter-self", "tiocsti", "bpf",
	};
	size_t count = ARRAY_SIZE(names) - bpf_is_disabled();

	(void)state;
	for (size_t i = 0; i < count; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(unshare(CLONE_NEWUSER) < 0 ? 3 : escape_main(names[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), ESCAPE_ESCAPED);
	}
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[ATTEMPTS_MAX + 1];
	const struct escape *escape;
	size_t count = 0;

	rig_main(argc, argv);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(can_tell);
	for (size_t i = 0; (escape = escape_at(i)) && i < ATTEMPTS_MAX; i++)
		tests[count++] = (struct CMUnitTest){
		    .name = escape->name, .test_func = is_held, .initial_state = (void *)escape};
	return _cmocka_run_group_tests("escape", tests, count, start, stop);
}
