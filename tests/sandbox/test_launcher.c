/*
 * The launcher: creates, kills and reaps sandboxes, reports their exits and refuses bad requests.
 * If the launcher dies, its sandboxes die too.
 */
#include "tests/sandbox/rig.h"

#include "sandbox/proto.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* Raises a fault, which kills a process even if it is PID 1. */
static int fault(const char *arg)
{
	(void)arg;
	__builtin_trap();
}

/* Forks a program that sends SIGSTOP to each process that it can signal, again and again. */
static int stopper(const char *arg)
{
	pid_t pid = getpid() == 1 ? fork() : -1; /* only as PID 1 of its own PID namespace */

	(void)arg;
	while (pid == 0)
		kill(-1, SIGSTOP);
	pause();
	return 1;
}

const struct rig_entry rig_entries[] = {{"fault", fault}, {"stopper", stopper}, {NULL, NULL}};

static void creates_a_tree_and_removes_it(void **state)
{
	struct launcher launcher;
	const uint32_t all[] = {43, 8, 3, 6};
	pid_t root;

	(void)state;
	rig_start(&launcher, rig_backend());
	root = rig_create(&launcher, 6, SANDBOX_NO_PARENT, "pause");
	assert_true(rig_alive(root));
	rig_create(&launcher, 3, 6, "pause");
	rig_create(&launcher, 8, 6, "pause");
	rig_create(&launcher, 43, 8, "pause");
	rig_remove(&launcher, all, ARRAY_SIZE(all));
	assert_false(rig_alive(root));
	/* The ids can be used again. */
	rig_create(&launcher, 6, SANDBOX_NO_PARENT, "pause");
	rig_remove(&launcher, all, ARRAY_SIZE(all));
	rig_stop(&launcher);
}

static void reports_an_exit_with_status_signal_and_time(void **state)
{
	struct launcher launcher;
	struct sandbox_event event;
	int64_t before_ns;
	int signal_number;

	(void)state;
	rig_start(&launcher, rig_backend());
	assert_int_equal(rig_run(&launcher, 1, SANDBOX_NO_PARENT, "exit 7"), 7);
	assert_int_equal(rig_run(&launcher, 1, SANDBOX_NO_PARENT, "exit 0"), 0);
	/*
	 * The lxc backend may report SIGKILL for any signal: liblxc does not tell which signal it
	 * was, and kernels before 6.15 do not either.
	 */
	signal_number = rig_run(&launcher, 1, SANDBOX_NO_PARENT, "fault") - 128;
	if (strcmp(rig_backend(), "lxc") || signal_number != SIGKILL)
		assert_true(signal_number == SIGILL || signal_number == SIGTRAP);
	rig_create(&launcher, 2, SANDBOX_NO_PARENT, "pause");
	before_ns = clock_ns();
	assert_int_equal(launcher_kill(&launcher, 2, SIGKILL, NULL), 0);
	event = rig_next(&launcher);
	assert_int_equal(event.kind, SANDBOX_EXITED);
	assert_int_equal(event.signal, SIGKILL);
	assert_false(event.requested);
	assert_true(event.time_ns >= before_ns && event.time_ns <= clock_ns());
	rig_stop(&launcher);
}

static void hands_over_a_pidfd(void **state)
{
	struct launcher launcher;
	struct sandbox_event event;

	(void)state;
	rig_start(&launcher, rig_backend());
	rig_create(&launcher, 5, SANDBOX_NO_PARENT, "pause");
	assert_int_equal(launcher_pidfd(&launcher, 5, NULL), 0);
	event = rig_next(&launcher);
	assert_int_equal(event.kind, SANDBOX_PIDFD);
	assert_true(event.fd >= 0);
	launcher_kill(&launcher, 5, SIGKILL, NULL);
	struct pollfd end = {.fd = event.fd, .events = POLLIN};
	assert_int_equal(poll(&end, 1, RIG_LIMIT_MS), 1);
	close(event.fd);
	assert_int_equal(rig_next(&launcher).kind, SANDBOX_EXITED);
	assert_int_equal(launcher_pidfd(&launcher, 5, NULL), 0);
	assert_int_equal(rig_next(&launcher).kind, SANDBOX_REFUSED);
	rig_stop(&launcher);
}

static void refuses_what_cannot_be(void **state)
{
	struct launcher launcher;
	struct sandbox_spec spec = rig_spec(1, 77, "pause");

	(void)state;
	rig_start(&launcher, rig_backend());
	rig_refuses(&launcher, &spec, SANDBOX_FAILED, -ENOENT);
	spec = rig_spec(SANDBOX_ID_MAX + 1, SANDBOX_NO_PARENT, "pause");
	rig_refuses(&launcher, &spec, SANDBOX_FAILED, -EINVAL);
	spec = rig_spec(1, SANDBOX_NO_PARENT, "pause");
	memset(spec.boot, 'x', sizeof(spec.boot));
	rig_refuses(&launcher, &spec, SANDBOX_FAILED, -EINVAL);
	rig_create(&launcher, 1, SANDBOX_NO_PARENT, "pause");
	spec = rig_spec(1, SANDBOX_NO_PARENT, "pause");
	rig_refuses(&launcher, &spec, SANDBOX_FAILED, -EEXIST);
	rig_stop(&launcher);
}

static void survives_malformed_requests(void **state)
{
	static char bytes[sizeof(union ask) + 100];
	struct ask_header lies = {PROTO_MAGIC, ASK_REMOVE, 0};
	struct launcher launcher;
	unsigned seed = 1;

	(void)state;
	rig_start(&launcher, rig_backend());
	for (int i = 0; i < 2000; i++) {
		size_t len = 1 + rand_r(&seed) % (i % 10 ? 600 : sizeof(bytes));

		for (size_t k = 0; k < len; k++)
			bytes[k] = rand_r(&seed);
		if (i % 3 == 0 && len >= sizeof(lies)) {
			lies.op = i % 7;
			memcpy(bytes, &lies, sizeof(lies));
			if (lies.op == ASK_CREATE || len == sizeof(struct ask_kill) ||
			    len == sizeof(struct ask_note) || len == sizeof(lies))
				continue; /* well-formed by chance */
		}
		assert_int_equal(send(launcher.fd, bytes, len, MSG_NOSIGNAL), len);
		assert_int_equal(rig_next(&launcher).kind, SANDBOX_REFUSED);
	}
	rig_create(&launcher, 1, SANDBOX_NO_PARENT, "pause");
	rig_stop(&launcher);
}

static void takes_its_sandboxes_with_it(void **state)
{
	struct launcher launcher;
	pid_t pids[3];

	(void)state;
	rig_start(&launcher, rig_backend());
	pids[0] = rig_create(&launcher, 1, SANDBOX_NO_PARENT, "pause");
	pids[1] = rig_create(&launcher, 2, 1, "pause");
	pids[2] = rig_create(&launcher, 3, 2, "pause");
	kill(launcher.pid, SIGKILL);
	for (int i = 0; i < 3; i++)
		assert_true(rig_ends(pids[i]));
	rig_stop(&launcher);
}

/*
 * Returns the launcher's oldest child that has this name in /proc/PID/comm. The oldest, because a
 * new init has the cloner's name for a moment.
 */
static pid_t child_called(pid_t launcher, const char *name)
{
	char path[64], comm[32];
	pid_t pid, found = -1;
	FILE *children, *one;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", launcher, launcher);
	children = fopen(path, "re");
	assert_non_null(children);
	while (fscanf(children, "%d", &pid) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		one = fopen(path, "re");
		if (found < 0 && one && fscanf(one, "%31s", comm) == 1 && !strcmp(comm, name))
			found = pid;
		if (one)
			fclose(one);
	}
	fclose(children);
	return found;
}

static void replaces_the_process_that_clones(void **state)
{
	struct launcher launcher;
	pid_t cloner, init;

	(void)state;
	rig_start(&launcher, "ns"); /* the lxc backend has no cloner */
	init = rig_create(&launcher, 1, SANDBOX_NO_PARENT, "pause");
	cloner = child_called(launcher.pid, "bonsai-cloner");
	assert_true(cloner > 0);
	kill(cloner, SIGKILL);
	assert_true(rig_ends(cloner));
	/* An init is not a child of the cloner that made it, so the init outlives the cloner. */
	assert_true(rig_alive(init));
	rig_create(&launcher, 2, 1, "pause");
	cloner = child_called(launcher.pid, "bonsai-cloner");
	assert_true(cloner > 0);
	rig_stop(&launcher);
	assert_false(rig_alive(cloner));
}

/*
 * If nodes have no user ids of their own, a program in a node can stop the launcher's helper. Then
 * a freeze may fail with -EBUSY, but it never blocks forever.
 */
static void is_not_held_up_by_what_it_freezes(void **state)
{
	const uint32_t all[] = {2, 1};
	struct launcher launcher;
	struct sandbox_event event;

	(void)state;
	rig_start(&launcher, rig_backend());
	rig_create(&launcher, 1, SANDBOX_NO_PARENT, "stopper");
	poll(NULL, 0, 50);
	/*
	 * Freeze and thaw in turn. The program `stopper` may stop the launcher's helper process for
	 * a freeze, and the one for a thaw.
	 */
	for (uint64_t ticket = 1; ticket <= 10; ticket++) {
		assert_int_equal(launcher_freeze(&launcher, 1, ticket % 2, ticket, NULL), 0);
		event = rig_next(&launcher);
		assert_int_equal(event.ticket, ticket);
		assert_true(event.kind == SANDBOX_FROZEN ||
			    (event.kind == SANDBOX_REFUSED && event.err.code == -EBUSY));
	}
	rig_create(&launcher, 2, 1, "pause");
	rig_remove(&launcher, all, ARRAY_SIZE(all));
	rig_stop(&launcher);
}

static void a_removal_is_answered_for_many(void **state)
{
	static uint32_t ids[200];
	struct launcher launcher;

	(void)state;
	rig_start(&launcher, rig_backend());
	for (uint32_t id = 0; id < ARRAY_SIZE(ids); id++) {
		rig_create(&launcher, id, id ? (id - 1) / 2 : SANDBOX_NO_PARENT, "pause");
		ids[ARRAY_SIZE(ids) - 1 - id] = id;
	}
	rig_remove(&launcher, ids, ARRAY_SIZE(ids));
	rig_stop(&launcher);
}

/*
 * When the launcher links the child to its parent, the launcher does not know yet that the parent
 * has exited. The launcher must report the missing parent, not a failure of the child.
 */
static void names_a_parent_that_has_just_ended(void **state)
{
	struct sandbox_spec spec = rig_spec(3, 6, "pause");
	struct sandbox_event event;
	struct launcher launcher;
	struct err err;
	pid_t parent;

	(void)state;
	rig_start(&launcher, rig_backend());
	parent = rig_create(&launcher, 6, SANDBOX_NO_PARENT, "pause");
	/*
	 * Stop the launcher, so that it finds both events at once: first the request, then the exit
	 * of the parent.
	 */
	kill(launcher.pid, SIGSTOP);
	assert_int_equal(launcher_create(&launcher, &spec, &err), 0);
	kill(parent, SIGKILL);
	assert_true(rig_ends(parent));
	kill(launcher.pid, SIGCONT);
	do
		event = rig_next(&launcher);
	while (event.id != 3);
	assert_int_equal(event.kind, SANDBOX_FAILED);
	assert_int_equal(event.err.code, -ENOENT);
	rig_stop(&launcher);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(creates_a_tree_and_removes_it),
	    cmocka_unit_test(reports_an_exit_with_status_signal_and_time),
	    cmocka_unit_test(hands_over_a_pidfd),
	    cmocka_unit_test(refuses_what_cannot_be),
	    cmocka_unit_test(survives_malformed_requests),
	    cmocka_unit_test(takes_its_sandboxes_with_it),
	    cmocka_unit_test(replaces_the_process_that_clones),
	    cmocka_unit_test(is_not_held_up_by_what_it_freezes),
	    cmocka_unit_test(a_removal_is_answered_for_many),
	    cmocka_unit_test(names_a_parent_that_has_just_ended),
	};

	rig_main(argc, argv);
	return cmocka_run_group_tests_name("launcher", tests, NULL, NULL);
}
